import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Says how many tests of this build were left out, and for want of which programs of others.
 *
 * <p>Usage: {@code java LeftOutTests.java FILE}. The file has a line for each, with the program
 * that it lacked, or is not there; it is deleted.
 */
public final class LeftOutTests {
  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0]);
    if (Files.exists(file)) {
      List<String> lacks = Files.readAllLines(file);
      System.out.printf(
          "[WARNING] Tests left out: %d, for want of: %s. With -Dpeers=required the build fails instead.%n",
          lacks.size(), String.join(", ", lacks.stream().distinct().sorted().toList()));
      Files.delete(file);
    }
  }
}
