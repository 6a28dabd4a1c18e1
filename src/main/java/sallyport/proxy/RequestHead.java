package sallyport.proxy;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.util.List;
import sallyport.http.ForwardedHeaders;
import sallyport.http.HopByHop;
import sallyport.http.RequestTarget;

/** Makes the head that goes to the backend out of the one that came. */
final class RequestHead {
  static final AsciiString REQUEST_ID = AsciiString.cached("x-request-id");

  /** What Netty's HTTP/2 conversion adds, and what no client may bring along. */
  private static final List<AsciiString> CONVERSION =
      List.of(
          AsciiString.cached("x-http2-stream-id"),
          AsciiString.cached("x-http2-scheme"),
          AsciiString.cached("x-http2-path"),
          AsciiString.cached("x-http2-stream-promise-id"),
          AsciiString.cached("x-http2-stream-dependency-id"),
          AsciiString.cached("x-http2-stream-weight"));

  private RequestHead() {}

  /**
   * The request's own header fields are changed and go along: nothing else reads them afterwards.
   *
   * @param host the client's Host as it was sent
   */
  static HttpRequest forBackend(
      HttpRequest request,
      RequestTarget target,
      String host,
      RouteTarget to,
      ForwardedHeaders forwarded,
      String requestId,
      boolean http2) {
    HttpHeaders headers = request.headers();
    HopByHop.strip(headers);
    for (int i = 0; i < CONVERSION.size(); i++) {
      headers.remove(CONVERSION.get(i));
    }
    if (request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
      // A 1.0 client cannot take the 100 that this asks for (RFC 9110 section 10.1.1).
      headers.remove(HttpHeaderNames.EXPECT);
    }
    forwarded.apply(headers, host, http2);
    headers.set(REQUEST_ID, requestId);
    String rewrittenHost = to.rewrittenHost();
    headers.set(HttpHeaderNames.HOST, rewrittenHost != null ? rewrittenHost : host);
    String path = to.rewrite(target.path());
    String query = target.query();
    return new DefaultHttpRequest(
        HttpVersion.HTTP_1_1, request.method(), query == null ? path : path + "?" + query, headers);
  }
}
