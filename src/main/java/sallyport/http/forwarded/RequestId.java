package sallyport.http.forwarded;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** The name of an exchange in logs, towards the backend and towards the client. */
public final class RequestId {
  /** The field that carries it. */
  public static final AsciiString FIELD = AsciiString.cached("x-request-id");

  private static final int MAX_LENGTH = 128;

  private RequestId() {}

  /** A new one. */
  public static String random() {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }

  /**
   * The one that a request came with, if it was sent by somebody who may say so and is sound: one
   * field of 1 to 128 letters, digits and {@code -._~:+/=@}, which no log and no page takes for
   * anything else. Otherwise a new one.
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
