package sallyport.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Defaults of reference.conf that files of deploy depend on. */
final class Defaults {
  private static final Path REFERENCE = Path.of("src/main/resources/reference.conf");

  private Defaults() {}

  /** Returns the greatest time of a stop: lame-duck and drain-timeout. */
  static int stopSeconds() throws IOException {
    return seconds("lame-duck") + seconds("drain-timeout");
  }

  private static int seconds(String key) throws IOException {
    int[] found = values(key, "(\\d+)s\\b");
    assertThat(found).as(key).hasSize(1);
    return found[0];
  }

  /** Returns the values of a key that several sections have. */
  static IntStream number(String key) throws IOException {
    int[] found = values(key, "(\\d+)\\b(?!\\w)");
    assertThat(found).as(key).isNotEmpty();
    return IntStream.of(found);
  }

  private static int[] values(String key, String value) throws IOException {
    Matcher line =
        Pattern.compile("(?m)^ *" + Pattern.quote(key) + " = " + value)
            .matcher(Files.readString(REFERENCE));
    return line.results().mapToInt(each -> Integer.parseInt(each.group(1))).toArray();
  }
}
