package sallyport.http.codec.h1;

import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.http.WebSocketHandshake;
import sallyport.http.codec.FieldSection;
import sallyport.http.codec.Framing;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.MalformedMessage;
import sallyport.http.codec.Octets;
import sallyport.http.codec.TrailerRules;
import sallyport.net.Failure;

/**
 * Decoder of the requests of an HTTP/1 client. After a request to change to WebSocket it waits for
 * the answer: what follows is no HTTP if that is 101. What follows a request that does not keep the
 * connection is discarded unread.
 */
final class RequestDecoder extends MessageDecoder {
  private final boolean upgrades;
  private final Consumer<HttpMethod> asked;

  private HttpVersion version = HttpVersion.HTTP_1_1;
  private HttpMethod method = HttpMethod.GET;
  private String uri = "";

  /**
   * @param upgrades whether a request to change to WebSocket may be answered with 101
   * @param asked hears the method of every request, sound or not, in order
   */
  RequestDecoder(
      HttpLimits limits, FieldNames unusual, boolean upgrades, Consumer<HttpMethod> asked) {
    super(
        limits,
        unusual,
        Failure.Client.BAD_HEADER,
        Failure.Client.BAD_CHUNK,
        Failure.Client.BAD_TRAILER);
    this.upgrades = upgrades;
    this.asked = asked;
  }

  @Override
  boolean isAwaited() {
    return true;
  }

  @Override
  Failure badStartLine(boolean tooLong) {
    return tooLong ? Failure.Client.URI_TOO_LONG : Failure.Client.BAD_LINE_END;
  }

  /** Parses method, one space, target, one space, version (RFC 9112 section 3). */
  @Override
  void startLine(byte[] line) {
    uri = "";
    int end = 0;
    while (end < line.length && Octets.isToken(line[end] & 0xff)) {
      end++;
    }
    if (end == 0 || end == line.length || line[end] != ' ') {
      throw new MalformedMessage(
          end > 0 && end == line.length
              ? Failure.Client.BAD_REQUEST_LINE
              : Failure.Client.BAD_METHOD);
    }
    method = HttpMethod.valueOf(new String(line, 0, end, StandardCharsets.US_ASCII));
    int start = end + 1;
    int targetEnd = start;
    while (targetEnd < line.length && Octets.isVisible(line[targetEnd] & 0xff)) {
      targetEnd++;
    }
    if (targetEnd == line.length) {
      throw new MalformedMessage(Failure.Client.BAD_REQUEST_LINE);
    }
    if (targetEnd == start && line[start] == ' ') {
      throw new MalformedMessage(Failure.Client.BAD_REQUEST_LINE);
    }
    if (line[targetEnd] != ' ') {
      throw new MalformedMessage(Failure.Client.BAD_URI);
    }
    String target = new String(line, start, targetEnd - start, StandardCharsets.US_ASCII);
    version = version(line, targetEnd + 1);
    uri = target;
  }

  private static HttpVersion version(byte[] line, int from) {
    int length = line.length - from;
    boolean shaped =
        length == 8
            && line[from] == 'H'
            && line[from + 1] == 'T'
            && line[from + 2] == 'T'
            && line[from + 3] == 'P'
            && line[from + 4] == '/'
            && isDigit(line[from + 5])
            && line[from + 6] == '.'
            && isDigit(line[from + 7]);
    if (!shaped) {
      for (int i = from; i < line.length; i++) {
        if (line[i] == ' ') {
          throw new MalformedMessage(Failure.Client.SPACE_IN_URI);
        }
      }
      throw new MalformedMessage(Failure.Client.BAD_REQUEST_LINE);
    }
    if (line[from + 5] != '1') {
      throw new MalformedMessage(Failure.Client.VERSION_NOT_SUPPORTED);
    }
    // A later minor version is read as the latest that there is (RFC 9110 section 2.5).
    return line[from + 7] == '0' ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1;
  }

  private static boolean isDigit(byte octet) {
    return octet >= '0' && octet <= '9';
  }

  @Override
  long head(HttpHeaders headers, List<Object> out) {
    long framing = Framing.ofRequest(headers, version.equals(HttpVersion.HTTP_1_0));
    HttpRequest request = new DefaultHttpRequest(version, method, uri, headers);
    asked.accept(method);
    if (!HttpUtil.isKeepAlive(request)) {
      // The answer is the connection's last (RFC 9112 section 9.6).
      endAfterThis();
    }
    out.add(request);
    uri = "";
    method = HttpMethod.GET;
    return upgrades && framing == Framing.NONE && WebSocketHandshake.isRequest(request)
        ? SUSPEND
        : framing;
  }

  @Override
  HttpObject malformedHead(DecoderResult why) {
    HttpRequest request =
        new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, uri, FieldSection.newHeaders());
    request.setDecoderResult(why);
    asked.accept(method);
    // The connection ends with the answer: nothing is left to reset.
    return request;
  }

  @Override
  boolean refusesTrailer(CharSequence name) {
    return TrailerRules.isForbidden(name, /* request= */ true);
  }
}
