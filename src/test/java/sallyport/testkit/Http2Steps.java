package sallyport.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Frames of HTTP/2 as a row of a table has them, joined by {@code " ; "}.
 *
 * <p>{@code H} is HEADERS with fields, joined by {@code " & "}, each NAME=VALUE; {@code D} is DATA
 * with what it carries; {@code R} is RST_STREAM with the number of its error; {@code Z} is octets
 * as they stand. Behind the letter comes {@code E} where the frame ends its stream, and the number
 * of the stream, 1 where there is none.
 */
public final class Http2Steps {
  /**
   * One frame.
   *
   * @param rest what stands behind the letter, the E and the number
   */
  public record Step(char kind, int stream, boolean end, String rest) {
    /** As it is on the wire, on this stream. */
    public byte[] bytes(int on) {
      int flag = end ? RawHttp2.END_STREAM : 0;
      byte[] payload = rest.getBytes(StandardCharsets.ISO_8859_1);
      return switch (kind) {
        case 'H' ->
            RawHttp2.frame(
                RawHttp2.HEADERS, RawHttp2.END_HEADERS | flag, on, RawHttp2.literals(fields(rest)));
        case 'D' -> RawHttp2.frame(RawHttp2.DATA, flag, on, payload);
        case 'R' -> RawHttp2.frame(RawHttp2.RST_STREAM, 0, on, new byte[] {0, 0, 0, code(rest)});
        default -> payload;
      };
    }

    private static byte code(String number) {
      return number.matches("[0-9]{1,2}") ? Byte.parseByte(number) : 0;
    }
  }

  private static final Pattern STEP =
      Pattern.compile("([HDRZ])(E?)([0-9]{0,3})(?: (.*))?", Pattern.DOTALL);

  private Http2Steps() {}

  /** What is no step is left out. */
  public static List<Step> parse(String text) {
    List<Step> steps = new ArrayList<>();
    for (String part : text.split(" ; ", -1)) {
      Matcher step = STEP.matcher(part);
      if (step.matches()) {
        steps.add(
            new Step(
                step.group(1).charAt(0),
                step.group(3).isEmpty() ? 1 : Integer.parseInt(step.group(3)),
                !step.group(2).isEmpty(),
                step.group(4) == null ? "" : step.group(4)));
      }
    }
    return steps;
  }

  /** Whether all of it are steps. */
  public static boolean areSteps(String text) {
    return parse(text).size() == text.split(" ; ", -1).length;
  }

  private static List<Map.Entry<String, String>> fields(String text) {
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    if (text.isEmpty()) {
      return fields;
    }
    for (String field : text.split(" & ", -1)) {
      int equals = field.indexOf('=');
      fields.add(Map.entry(field.substring(0, Math.max(equals, 0)), field.substring(equals + 1)));
    }
    return fields;
  }
}
