package sallyport.http.forwarded;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Identifier of an exchange in logs, for the backend and for the client. */
public final class RequestId {
  /** The field that carries it. */
  public static final AsciiString FIELD = AsciiString.cached("x-request-id");

  private static final int MAX_LENGTH = 128;

  private RequestId() {}

  /** Returns a new identifier. */
  public static String random() {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }

  /**
   * Returns the identifier that a request has, if its sender is trusted and it is valid: one field
   * of 1 to 128 letters, digits and {@code -._~:+/=@}, which no log and no page takes for anything
   * else. Otherwise a new one.
   *
   * @param trusted whether a trusted proxy sent it
   */
  public static String of(HttpHeaders headers, boolean trusted) {
    if (trusted) {
      List<String> sent = headers.getAll(FIELD);
      if (sent.size() == 1 && isSound(sent.getFirst())) {
        return sent.getFirst();
      }
    }
    return random();
  }

  private static boolean isSound(String id) {
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      boolean alphanumeric =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!alphanumeric && "-._~:+/=@".indexOf(c) < 0) {
        return false;
      }
    }
    return !id.isEmpty() && id.length() <= MAX_LENGTH;
  }
}
