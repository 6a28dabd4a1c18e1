import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Fails unless every program of others that tests run is there.
 *
 * <p>Usage: {@code java RequiredPeers.java FILE}. The file has a program, or the path of a module,
 * and its Debian package a line. Exit 1 when any is missing; all are named.
 */
public final class RequiredPeers {
  public static void main(String[] args) throws Exception {
    // Debian has some in a folder that only root looks into.
    String path = System.getenv("PATH") + File.pathSeparator + "/usr/sbin";
    List<String> missing =
        Files.readAllLines(Path.of(args[0])).stream()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.split(" "))
            .filter(
                peer ->
                    Stream.of(path.split(File.pathSeparator))
                        .noneMatch(folder -> isThere(Path.of(folder).resolve(peer[0]))))
            .map(peer -> peer[0] + " (Debian package " + peer[1] + ")")
            .toList();
    if (!missing.isEmpty()) {
      System.out.println("[ERROR] -Dpeers=required, and missing: " + String.join(", ", missing));
      System.exit(1);
    }
  }

  /** Modules have no permission to be executed. */
  private static boolean isThere(Path file) {
    String name = file.toString();
    boolean module = name.endsWith(".so") || name.endsWith(".py");
    return module ? Files.exists(file) : Files.isExecutable(file);
  }
}
