package sallyport.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads requests as a careless backend would: any line end, any white space, any spelling of the
 * two fields that frame a body. Where it sees something else than {@link StrictPeer} does, a
 * request could be smuggled past the gateway.
 */
final class SloppyPeer {
  private final String bytes;
  private final boolean lengthFirst;
  private int at;

  private SloppyPeer(String bytes, boolean lengthFirst) {
    this.bytes = bytes;
    this.lengthFirst = lengthFirst;
  }

  /**
   * @param lengthFirst whether Content-Length is believed before Transfer-Encoding
   * @return method, target and body of each request that is there to its end
   */
  static List<String> requests(String bytes, boolean lengthFirst) {
    SloppyPeer peer = new SloppyPeer(bytes, lengthFirst);
    List<String> requests = new ArrayList<>();
    for (String request = peer.next(); !request.isEmpty(); request = peer.next()) {
      requests.add(request);
    }
    return requests;
  }

  /** In the form that {@link #requests} has it. */
  static String line(String method, String target, CharSequence body) {
    return method + " " + target + " " + body;
  }

  private String line() {
    int end = bytes.indexOf('\n', at);
    String line = bytes.substring(Math.min(at, bytes.length()), end < 0 ? bytes.length() : end);
    at = end < 0 ? bytes.length() + 1 : end + 1;
    return line.stripTrailing();
  }

  private String next() {
    String[] start = line().strip().split("[ \t]+", 3);
    String length = "";
    boolean chunked = false;
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      String name =
          line.substring(0, Math.max(colon, 0)).strip().toLowerCase(Locale.ROOT).replace('_', '-');
      String value = line.substring(colon + 1).strip();
      if (name.equals("content-length")) {
        length = value;
      } else if (name.equals("transfer-encoding")) {
        chunked |= value.toLowerCase(Locale.ROOT).contains("chunked");
      }
    }
    StringBuilder body = new StringBuilder();
    if (chunked && !(lengthFirst && !length.isEmpty())) {
      for (int size = number(line(), 16); size > 0; size = number(line(), 16)) {
        take(size, body);
        line();
      }
      while (!line().isEmpty()) {
        // A trailer.
      }
    } else {
      take(number(length, 10), body);
    }
    return at > bytes.length() || start.length < 2 ? "" : line(start[0], start[1], body);
  }

  private void take(int length, StringBuilder to) {
    int there = Math.min(length, Math.max(0, bytes.length() - at));
    to.append(bytes, Math.min(at, bytes.length()), Math.min(at, bytes.length()) + there);
    at = there < length ? bytes.length() + 1 : at + length;
  }

  /** The digits at the start. */
  private static int number(String text, int radix) {
    int end = 0;
    while (end < text.length() && Character.digit(text.charAt(end), radix) >= 0) {
      end++;
    }
    String digits = text.substring(0, end);
    return digits.isEmpty()
        ? 0
        : digits.length() > 7 ? Integer.MAX_VALUE / 2 : Integer.parseInt(digits, radix);
  }
}
