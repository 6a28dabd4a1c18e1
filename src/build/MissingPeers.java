import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Says which programs of others the tests of this build lacked, so that tests were left out.
 *
 * <p>Usage: {@code java MissingPeers.java FILE}. The file has one program a line, or is not there;
 * it is deleted.
 */
public final class MissingPeers {
  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0]);
    if (Files.exists(file)) {
      System.out.println(
          "[WARNING] Tests were left out for want of: "
              + String.join(", ", Files.readAllLines(file))
              + ". .ci/run installs and demands all.");
      Files.delete(file);
    }
  }
}
