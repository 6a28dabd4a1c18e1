package sallyport.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * The programs of others that tests run, each with the Debian package that has it. A test whose
 * program is missing is aborted, and the build says so at its end; where the environment has {@code
 * CI_PEERS}, as {@code .ci/run} sets it, the test fails.
 */
public final class Peers {
  private static final Map<String, String> PACKAGES =
      Map.of(
          "curl", "curl",
          "gnutls-cli", "gnutls-bin",
          "nginx", "nginx",
          "openssl", "openssl",
          "p11-kit", "p11-kit",
          "pebble", "pebble",
          "perl", "perl-base",
          "pkcs11-tool", "opensc",
          "slowhttptest", "slowhttptest",
          "softhsm2-util", "softhsm2");

  private static final Pattern WORDS = Pattern.compile("[^A-Za-z0-9./_-]+");

  /** Read and deleted by {@code src/build/MissingPeers.java}. */
  private static final Path MISSING = Path.of("target", "missing-peers");

  private Peers() {}

  /** Aborts or fails the test where one of these programs is missing. */
  public static void demand(String... programs) {
    for (String program : programs) {
      if (!isThere(program)) {
        lacks(program);
      }
    }
  }

  /** The same for the programs of this class that a shell command names. */
  static void demandFor(String command) {
    demand(
        WORDS
            .splitAsStream(command)
            .filter(PACKAGES::containsKey)
            .distinct()
            .toArray(String[]::new));
  }

  private static boolean isThere(String program) {
    // Debian has some in a folder that only root looks into.
    String path = System.getenv("PATH") + File.pathSeparator + "/usr/sbin";
    return Stream.of(path.split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static void lacks(String program) {
    String lack = program + " (Debian package " + PACKAGES.get(program) + ")";
    if (System.getenv("CI_PEERS") != null) {
      throw new AssertionError("there is no " + lack);
    }
    try {
      List<String> known = Files.exists(MISSING) ? Files.readAllLines(MISSING) : List.of();
      if (!known.contains(lack)) {
        Files.createDirectories(Path.of("target"));
        Files.writeString(
            MISSING, lack + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new TestAbortedException("there is no " + lack);
  }
}
