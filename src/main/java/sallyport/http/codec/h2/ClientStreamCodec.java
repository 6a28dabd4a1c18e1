package sallyport.http.codec.h2;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.Leniency;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.http.WebSocketHandshake;
import sallyport.http.codec.FieldSection;
import sallyport.http.codec.Framing;
import sallyport.http.codec.MalformedMessage;
import sallyport.net.Failure;

/**
 * Codec of a stream to an HTTP/2 backend: one request from HTTP/1.1 objects, and its response. A
 * request to change to WebSocket is sent as an extended CONNECT (RFC 8441), and its 200 is returned
 * as 101.
 */
public final class ClientStreamCodec extends StreamCodec {
  /** As over HTTP/1. */
  private static final int MAX_INTERIM = 16;

  private static final int MANY_INTERIM = 1000;

  private static final AsciiString SCHEME = AsciiString.cached("https");

  /** What {@code :authority} says in their place. */
  private static final Set<AsciiString> HOST = Set.of(HttpHeaderNames.HOST);

  private static final Set<AsciiString> HOST_AND_KEY =
      Set.of(HttpHeaderNames.HOST, HttpHeaderNames.SEC_WEBSOCKET_KEY);

  private final Set<Leniency> lenient;

  /** Of a request to change to WebSocket; null for any other. */
  private @Nullable String webSocketKey;

  private boolean head;
  private int interim;

  /**
   * For one stream.
   *
   * @param maxFields of a head, and of trailers
   * @param lenient the rules that its response may break
   */
  public ClientStreamCodec(Stream stream, int maxFields, Set<Leniency> lenient) {
    super(
        stream,
        maxFields,
        FieldNames.PASS,
        Failure.Response.BAD_HEADER,
        Failure.Response.CONTENT_LENGTH_MISMATCH);
    this.lenient = lenient;
  }

  /** Returns the rule that a response breaks where the layer below refuses its next frame. */
  public Failure.Response broken() {
    return (Failure.Response) brokenBelow();
  }

  @Override
  Http2Headers headers(HttpMessage message) {
    HttpRequest request = (HttpRequest) message;
    HttpHeaders headers = request.headers();
    head = request.method().equals(HttpMethod.HEAD);
    AsciiString authority =
        AsciiString.of(Objects.requireNonNull(headers.get(HttpHeaderNames.HOST)));
    AsciiString path = AsciiString.of(request.uri());
    if (!WebSocketHandshake.isRequest(request)) {
      return ReadOnlyHttp2Headers.clientHeaders(
          /* validateHeaders= */ false,
          request.method().asciiName(),
          path,
          SCHEME,
          authority,
          Http2Fields.lines(headers, HOST));
    }
    webSocketKey = headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    Http2Headers to =
        new DefaultHttp2Headers(/* validate= */ false)
            .method(HttpMethod.CONNECT.asciiName())
            .scheme(SCHEME)
            .authority(authority)
            .path(path)
            .set(Http2Headers.PseudoHeaderName.PROTOCOL.value(), "websocket");
    AsciiString[] lines = Http2Fields.lines(headers, HOST_AND_KEY);
    for (int i = 0; i < lines.length; i += 2) {
      to.add(lines[i], lines[i + 1]);
    }
    return to;
  }

  @Override
  boolean isInterim(HttpMessage message) {
    return false;
  }

  @Override
  HttpMessage head(Http2Headers from, boolean last) {
    HttpHeaders headers = fields(from);
    HttpResponseStatus status = status(from);
    if (status.codeClass() == HttpStatusClass.INFORMATIONAL) {
      if (status.code() == 101) {
        throw new MalformedMessage(Failure.Response.UNASKED_SWITCH);
      }
      if (++interim
          > (lenient.contains(Leniency.MANY_INTERIM_RESPONSES) ? MANY_INTERIM : MAX_INTERIM)) {
        throw new MalformedMessage(Failure.Response.TOO_MANY_INTERIM_RESPONSES);
      }
      return new DefaultFullHttpResponse(
          HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER, headers, FieldSection.newHeaders());
    }
    String key = webSocketKey;
    if (key != null && status.codeClass() == HttpStatusClass.SUCCESS) {
      WebSocketHandshake.announce(headers);
      headers.set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, WebSocketHandshake.accept(key));
      headers.remove(HttpHeaderNames.CONTENT_LENGTH);
      status = HttpResponseStatus.SWITCHING_PROTOCOLS;
    } else {
      long length = Framing.ofResponse(headers, /* http10= */ false, /* mayRepeatLength= */ false);
      boolean empty = status.code() == 204 || status.code() == 205;
      if (empty && length > 0) {
        // As over HTTP/1: has no content, and may not speak of any (RFC 9110 section 15.3.6).
        throw new MalformedMessage(Failure.Response.UNEXPECTED_CONTENT);
      }
      boolean bodyless = head || empty || status.code() == 304;
      if (status.code() == 204) {
        headers.remove(HttpHeaderNames.CONTENT_LENGTH);
      }
      expectBody(bodyless ? 0 : length == Framing.NONE ? ANY_LENGTH : length);
    }
    return new DefaultHttpResponse(HttpVersion.HTTP_1_1, status, headers);
  }

  private HttpResponseStatus status(Http2Headers headers) {
    CharSequence text = headers.status();
    long code = text == null || text.length() != 3 ? -1 : Framing.parse(text.toString());
    if (code < 0) {
      throw new MalformedMessage(Failure.Response.BAD_STATUS_LINE);
    }
    if (code < 100 || (code > 599 && !lenient.contains(Leniency.UNUSUAL_STATUSES))) {
      throw new MalformedMessage(Failure.Response.STATUS_OUT_OF_RANGE);
    }
    return HttpResponseStatus.valueOf((int) code);
  }

  @Override
  HttpObject malformedHead(MalformedMessage why) {
    HttpResponse response =
        new DefaultHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_GATEWAY, FieldSection.newHeaders());
    response.setDecoderResult(why.toResult());
    return response;
  }
}
