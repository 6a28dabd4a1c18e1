package sallyport.http.forwarded;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** W3C Trace Context of a request (Recommendation of 2021, section 3.2): kept, or started. */
public final class TraceContext {
  private static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");
  private static final AsciiString TRACESTATE = AsciiString.cached("tracestate");
  private static final int LENGTH = 55;

  private TraceContext() {}

  /**
   * Leaves a sound {@code traceparent} as it is, and puts a new one, not sampled, in place of none
   * or of one that is not sound.
   *
   * @return the trace id, 32 hexadecimal digits
   */
  public static String ensure(HttpHeaders headers) {
    List<String> present = headers.getAll(TRACEPARENT);
    if (present.size() == 1 && isSound(present.getFirst())) {
      return present.getFirst().substring(3, 35);
    }
    ThreadLocalRandom random = ThreadLocalRandom.current();
    HexFormat hex = HexFormat.of();
    // The lowest bit keeps an id from being all zeros, which stands for none.
    String trace = hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong() | 1);
    headers.set(TRACEPARENT, "00-" + trace + "-" + hex.toHexDigits(random.nextLong() | 1) + "-00");
    headers.remove(TRACESTATE);
    return trace;
  }

  private static boolean isSound(String text) {
    // A later version may have more behind a dash (section 3.2.4).
    if (text.length() < LENGTH
        || (text.length() > LENGTH && (text.startsWith("00") || text.charAt(LENGTH) != '-'))) {
      return false;
    }
    for (int i = 0; i < LENGTH; i++) {
      char c = text.charAt(i);
      boolean dash = i == 2 || i == 35 || i == 52;
      if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
        return false;
      }
    }
    return !text.startsWith("ff")
        && !isZero(text.substring(3, 35))
        && !isZero(text.substring(36, 52));
  }

  private static boolean isZero(String digits) {
    return digits.chars().allMatch(c -> c == '0');
  }
}
