package sallyport.testkit;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * The programs of others that tests run; the resource {@code peers} has all, with their Debian
 * packages. A test whose program is missing is aborted, and {@link TestSummary} counts it; with
 * {@code -Dpeers=required}, as {@code .ci/run} says it, the test fails.
 */
public final class Peers {
  /** A test is left out for want of a program. */
  static final class Missing extends TestAbortedException {
    private static final long serialVersionUID = 1;

    Missing(String lack) {
      super(lack);
    }
  }

  /** By the name of a program or the path of a module, its package. */
  private static final Map<String, String> PACKAGES = packages();

  private static final Pattern WORDS = Pattern.compile("[^A-Za-z0-9./_-]+");

  private Peers() {}

  private static Map<String, String> packages() {
    try (InputStream list =
        Objects.requireNonNull(Peers.class.getResourceAsStream("/peers"), "no list of peers")) {
      return new String(list.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" ", 2))
          .collect(Collectors.toUnmodifiableMap(peer -> peer[0], peer -> peer[1]));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Aborts or fails the test where one of these is missing.
   *
   * @param peers names of programs, or paths of modules, that the list has
   */
  public static void demand(String... peers) {
    for (String peer : peers) {
      String of = Objects.requireNonNull(PACKAGES.get(peer), () -> peer + " is not in the list");
      if (!isInstalled(peer)) {
        lacks(peer + " (Debian package " + of + ")");
      }
    }
  }

  /** The same for the programs of the list that a shell command names. */
  static void demandFor(String command) {
    demand(
        WORDS
            .splitAsStream(command)
            .filter(PACKAGES::containsKey)
            .distinct()
            .toArray(String[]::new));
  }

  private static boolean isInstalled(String peer) {
    // Debian has some in a folder that only root looks into.
    String path = System.getenv("PATH") + File.pathSeparator + "/usr/sbin";
    return Stream.of(path.split(File.pathSeparator, -1))
        .anyMatch(folder -> isThere(Path.of(folder).resolve(peer)));
  }

  /** Modules have no permission to be executed. */
  private static boolean isThere(Path file) {
    String name = file.toString();
    boolean module = name.endsWith(".so") || name.endsWith(".py");
    return module ? Files.exists(file) : Files.isExecutable(file);
  }

  private static void lacks(String lack) {
    if ("required".equals(System.getProperty("peers"))) {
      throw new AssertionError("there is no " + lack);
    }
    throw new Missing(lack);
  }
}
