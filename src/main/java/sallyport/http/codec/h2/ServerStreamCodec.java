package sallyport.http.codec.h2;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Headers.PseudoHeaderName;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.http.WebSocketHandshake;
import sallyport.http.codec.FieldSection;
import sallyport.http.codec.Framing;
import sallyport.http.codec.MalformedMessage;
import sallyport.http.codec.Octets;
import sallyport.http.request.Authority;
import sallyport.net.Failure;

/**
 * Codec of a client's HTTP/2 stream: one request as HTTP/1.1 objects, and its response. An extended
 * CONNECT for WebSocket (RFC 8441) becomes the GET with Upgrade that it stands for, and a 101 to it
 * a 200.
 */
public final class ServerStreamCodec extends StreamCodec {
  private boolean webSocket;
  private boolean headOnly;

  /**
   * For one stream.
   *
   * @param maxFields of a head, and of trailers
   */
  public ServerStreamCodec(Stream stream, int maxFields, FieldNames unusualNames) {
    super(
        stream,
        maxFields,
        unusualNames,
        Failure.Client.BAD_HEADER,
        Failure.Client.CONTENT_LENGTH_MISMATCH);
  }

  @Override
  HttpMessage head(Http2Headers from, boolean last) {
    HttpHeaders headers = fields(from);
    String method = null;
    String authority = null;
    String protocol = null;
    String path = null;
    String scheme = null;
    for (Map.Entry<CharSequence, CharSequence> field : from) {
      PseudoHeaderName name = PseudoHeaderName.getPseudoHeader(field.getKey());
      if (name == null) {
        continue;
      }
      String value = field.getValue().toString();
      switch (name) {
        case METHOD -> method = once(method, value);
        case AUTHORITY -> authority = once(authority, value);
        case PROTOCOL -> protocol = once(protocol, value);
        case PATH -> path = once(path, value);
        case SCHEME -> scheme = once(scheme, value);
        case STATUS -> throw new MalformedMessage(Failure.Client.BAD_HEADER);
      }
    }
    if (method == null || !Octets.isToken(method)) {
      throw new MalformedMessage(Failure.Client.BAD_METHOD);
    }
    headOnly = method.equals("HEAD");
    webSocket = "websocket".equals(protocol) && method.equals("CONNECT") && !last;
    boolean plainConnect = method.equals("CONNECT") && protocol == null;
    boolean pathAndScheme = path != null && scheme != null;
    if ((protocol != null && !webSocket)
        || (plainConnect ? path != null || scheme != null : !pathAndScheme)) {
      throw new MalformedMessage(Failure.Client.BAD_HEADER);
    }
    if (scheme != null && !isScheme(scheme)) {
      throw new MalformedMessage(Failure.Client.BAD_HEADER);
    }
    if (path != null && !Octets.isVisible(path)) {
      throw new MalformedMessage(Failure.Client.BAD_URI);
    }
    if (authority == null ? plainConnect : !Octets.isVisible(authority)) {
      throw new MalformedMessage(Failure.Client.BAD_HOST);
    }
    host(headers, authority, scheme);
    long length = Framing.ofRequest(headers, /* http10= */ false);
    expectBody(length == Framing.NONE ? ANY_LENGTH : length);
    if (webSocket) {
      if (length != Framing.NONE) {
        throw new MalformedMessage(Failure.Client.BAD_HEADER);
      }
      WebSocketHandshake.announce(headers);
      headers.set(HttpHeaderNames.SEC_WEBSOCKET_KEY, WebSocketHandshake.newKey());
    } else if (length <= 0 && !last) {
      // Also of length 0: with that the request would be whole before it is known that no data
      // comes.
      headers.remove(HttpHeaderNames.CONTENT_LENGTH);
      headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    return new DefaultHttpRequest(
        HttpVersion.HTTP_1_1,
        webSocket ? HttpMethod.GET : HttpMethod.valueOf(method),
        // The target of a plain CONNECT, which is refused by its method.
        path != null ? path : String.valueOf(authority),
        headers);
  }

  private static String once(@Nullable String before, String value) {
    if (before != null) {
      throw new MalformedMessage(Failure.Client.BAD_HEADER);
    }
    return value;
  }

  /**
   * Returns whether a text is a scheme (RFC 3986 section 3.1). It is not passed on, but an invalid
   * one makes the head malformed.
   */
  private static boolean isScheme(String text) {
    if (text.isEmpty() || !isLetter(text.charAt(0))) {
      return false;
    }
    for (int i = 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isLetter(c) && !(c >= '0' && c <= '9') && "+-.".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLetter(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  /** Sets Host to {@code :authority}; if both are present they must agree (section 8.3.1). */
  private static void host(
      HttpHeaders headers, @Nullable String authority, @Nullable String scheme) {
    if (authority == null) {
      return;
    }
    List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
    if (hosts.isEmpty()) {
      headers.set(HttpHeaderNames.HOST, authority);
      return;
    }
    Authority named = Authority.parse(authority);
    int port = "http".equalsIgnoreCase(scheme) ? Authority.HTTP_PORT : Authority.HTTPS_PORT;
    if (hosts.size() > 1
        || named == null
        || !named.isSameAs(Authority.parse(hosts.getFirst()), port)) {
      throw new MalformedMessage(Failure.Client.BAD_HOST);
    }
  }

  @Override
  HttpObject malformedHead(MalformedMessage why) {
    HttpRequest request =
        new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "", FieldSection.newHeaders());
    request.setDecoderResult(why.toResult());
    return request;
  }

  @Override
  Http2Headers headers(HttpMessage head) {
    HttpResponse response = (HttpResponse) head;
    HttpResponseStatus status = response.status();
    HttpHeaders headers = response.headers();
    if (webSocket && status.code() == 101) {
      status = HttpResponseStatus.OK;
      headers.remove(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT);
    }
    return ReadOnlyHttp2Headers.serverHeaders(
        /* validateHeaders= */ false, status.codeAsText(), Http2Fields.lines(headers, Set.of()));
  }

  @Override
  boolean isHeadOnly() {
    return headOnly;
  }

  @Override
  boolean isInterim(HttpMessage head) {
    return ((HttpResponse) head).status().codeClass() == HttpStatusClass.INFORMATIONAL;
  }
}
