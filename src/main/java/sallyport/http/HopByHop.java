package sallyport.http;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.HOST;
import static io.netty.handler.codec.http.HttpHeaderNames.TE;
import static io.netty.handler.codec.http.HttpHeaderNames.TRANSFER_ENCODING;
import static io.netty.handler.codec.http.HttpHeaderNames.UPGRADE;

import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.Set;

/** Fields of one connection, which the gateway never passes on (RFC 9110 7.6.1). */
public final class HopByHop {
  private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
  private static final AsciiString PROXY_CONNECTION = AsciiString.cached("proxy-connection");
  private static final AsciiString PROXY_AUTHENTICATE = AsciiString.cached("proxy-authenticate");

  /**
   * Of a change to HTTP/2 that HTTP has given up (RFC 9113 section 3.1, RFC 7540 section 3.2.1).
   */
  private static final AsciiString HTTP2_SETTINGS = AsciiString.cached("http2-settings");

  /** What Connection may nominate without saying anything that we do not do anyway. */
  private static final Set<String> USUAL = Set.of("keep-alive", "close", "Keep-Alive", "Close");

  /** Fields without which the message would be another one. */
  private static final List<AsciiString> FRAMING = List.of(CONTENT_LENGTH, TRANSFER_ENCODING, HOST);

  private HopByHop() {}

  /** Returns whether Connection nominates a field that frames the message or says where it goes. */
  public static boolean nominatesFraming(HttpHeaders headers) {
    List<String> nominations = headers.getAll(CONNECTION);
    if (nominations.isEmpty()
        || (nominations.size() == 1 && USUAL.contains(nominations.getFirst()))) {
      return false;
    }
    for (AsciiString field : FRAMING) {
      if (headers.containsValue(CONNECTION, field, /* ignoreCase= */ true)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Removes what ends here: Connection and all that it nominates, and the fields that were
   * hop-by-hop before Connection could say so. Transfer-Encoding stays: it says how the body is
   * framed, and the encoder on the other side needs to know. So does Trailer, since trailers are
   * passed on (RFC 9110 section 6.6.2), and of TE what says that its sender takes them: Connection
   * nominates that wherever it is right.
   */
  public static void strip(HttpHeaders headers) {
    boolean trailers =
        headers.contains(TE)
            && headers.containsValue(TE, HttpHeaderValues.TRAILERS, /* ignoreCase= */ true);
    List<String> nominations = headers.getAll(CONNECTION);
    for (int i = 0; i < nominations.size(); i++) {
      String value = nominations.get(i);
      if (!USUAL.contains(value)) {
        removeNominated(headers, value);
      }
    }
    headers.remove(CONNECTION);
    headers.remove(KEEP_ALIVE);
    headers.remove(PROXY_CONNECTION);
    headers.remove(PROXY_AUTHENTICATE);
    headers.remove(UPGRADE);
    headers.remove(HTTP2_SETTINGS);
    headers.remove(TE);
    if (trailers) {
      headers.set(TE, HttpHeaderValues.TRAILERS);
    }
  }

  private static void removeNominated(HttpHeaders headers, String tokens) {
    for (String token : tokens.split(",", -1)) {
      String name = token.strip();
      if (!name.isEmpty() && !isFraming(name)) {
        headers.remove(name);
      }
    }
  }

  private static boolean isFraming(String name) {
    for (AsciiString field : FRAMING) {
      if (field.contentEqualsIgnoreCase(name)) {
        return true;
      }
    }
    return false;
  }
}
