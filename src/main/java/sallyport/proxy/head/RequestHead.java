package sallyport.proxy.head;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;
import sallyport.http.HopByHop;
import sallyport.http.ReceivedVersion;
import sallyport.http.WebSocketHandshake;
import sallyport.http.forwarded.ForwardedHeaders;
import sallyport.http.forwarded.RequestId;
import sallyport.http.forwarded.TraceContext;
import sallyport.http.request.MaxForwards;
import sallyport.observe.access.ExchangeLog;

/** Maker of the head that a backend gets. Stateless, any thread. */
public final class RequestHead {
  /** Connection option that TE needs (RFC 9110 section 10.1.4). */
  private static final AsciiString TE_OPTION = AsciiString.cached("TE");

  private RequestHead() {}

  /**
   * Returns the head for the backend. Changes the header fields of the request in place.
   *
   * @param path of the request for the backend
   * @param query of the request; null without one
   * @param host the host as the client has written it; empty if it named none
   */
  public static HttpRequest forBackend(
      HttpRequest request,
      String path,
      @Nullable String query,
      String host,
      RouteTarget to,
      ForwardedHeaders forwarded,
      ExchangeLog exchange,
      ReceivedVersion received,
      boolean webSocket) {
    HttpHeaders headers = request.headers();
    HopByHop.strip(headers);
    FieldRules.apply(to.route().requestFields(), headers);
    if (received != ReceivedVersion.HTTP_2
        && !headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      // Trailers follow chunks alone.
      headers.remove(HttpHeaderNames.TRAILER);
    }
    if (request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
      // An HTTP/1.0 client does not understand 100 (RFC 9110 section 10.1.1).
      headers.remove(HttpHeaderNames.EXPECT);
    }
    forwarded.apply(headers, host);
    if (to.route().via().inRequests()) {
      ForwardedHeaders.applyVia(headers, received);
    }
    ForwardedPrefix.apply(headers, to.route(), forwarded.areOfTrustedProxy());
    headers.set(RequestId.FIELD, exchange.requestId);
    MaxForwards.decrease(request);
    exchange.traceId = TraceContext.ensure(headers);
    String rewrittenHost = to.rewrittenHost();
    headers.set(
        HttpHeaderNames.HOST,
        rewrittenHost != null ? rewrittenHost : host.isEmpty() ? to.backendHost() : host);
    if (webSocket) {
      headers.remove(HttpHeaderNames.TE);
      WebSocketHandshake.announce(headers);
    } else if (headers.contains(HttpHeaderNames.TE)) {
      // HTTP/2 leaves it out.
      headers.set(HttpHeaderNames.CONNECTION, TE_OPTION);
    }
    return new DefaultHttpRequest(
        HttpVersion.HTTP_1_1, request.method(), query == null ? path : path + "?" + query, headers);
  }
}
