import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Says at the end of the build which integration tests failed, in which lane, and how many were
 * left out for want of which programs of others.
 *
 * <p>Usage: {@code java TestSummary.java FOLDER}. The folder has the file {@code failed}, a line
 * for each test, and the file {@code left-out}, a line for each with the program that it lacked;
 * both are deleted.
 */
public final class TestSummary {
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    List<String> lacks = take(folder.resolve("left-out"));
    if (!lacks.isEmpty()) {
      System.out.printf(
          "[WARNING] Tests left out: %d, for want of: %s. With -Dpeers=required the build fails instead.%n",
          lacks.size(), String.join(", ", lacks.stream().distinct().sorted().toList()));
    }
    for (String failed : take(folder.resolve("failed"))) {
      System.out.printf("[ERROR] Failed: %s%n", failed);
    }
  }

  private static List<String> take(Path file) throws Exception {
    if (!Files.exists(file)) {
      return List.of();
    }
    List<String> lines = Files.readAllLines(file);
    Files.delete(file);
    return lines;
  }
}
