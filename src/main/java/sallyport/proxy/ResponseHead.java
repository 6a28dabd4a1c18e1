package sallyport.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Map;
import sallyport.http.ForwardedHeaders;
import sallyport.http.HopByHop;
import sallyport.http.HttpDate;
import sallyport.http.ReceivedVersion;
import sallyport.http.RequestId;
import sallyport.http.WebSocketHandshake;

/** Makes the head that goes to the client out of the one that the backend sent. */
final class ResponseHead {
  private ResponseHead() {}

  /**
   * Changes the response in place; framing is left to {@link #frame}.
   *
   * @param http2 whether it came over HTTP/2
   * @param request the fields that the backend got
   */
  static void forClient(
      HttpResponse response,
      boolean http2,
      RouteTarget target,
      HttpHeaders request,
      String requestId) {
    HttpHeaders headers = response.headers();
    HopByHop.strip(headers);
    if (isSwitch(response)) {
      WebSocketHandshake.announce(headers);
    } else if (!headers.contains(HttpHeaderNames.DATE)) {
      // A recipient with a clock adds it (RFC 9110 section 6.6.1).
      headers.set(HttpHeaderNames.DATE, HttpDate.now());
    }
    headers.set(RequestId.FIELD, requestId);
    if (target.route().via().inResponses()) {
      ForwardedHeaders.applyVia(headers, ReceivedVersion.of(response.protocolVersion(), http2));
    }
    Locations.mend(headers, request, target);
    Map<String, String> securityHeaders = target.securityHeaders();
    if (!securityHeaders.isEmpty()) {
      securityHeaders.forEach(headers::set);
    }
    response.setProtocolVersion(HttpVersion.HTTP_1_1);
  }

  /** Whether what follows this head is no HTTP any more. */
  static boolean isSwitch(HttpResponse response) {
    return response.status().code() == 101;
  }

  /**
   * Frames the body for an HTTP/1 client; over HTTP/2 the fields that say so go nowhere.
   *
   * @param http2 whether the client's trailers need no chunks
   * @return false when only the end of the connection can end the body (an HTTP/1.0 client, or
   *     another protocol)
   */
  static boolean frame(
      HttpResponse response, HttpMethod method, boolean http10Client, boolean http2) {
    if (isSwitch(response)) {
      return false;
    }
    HttpHeaders headers = response.headers();
    boolean chunked = headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
    boolean length = headers.contains(HttpHeaderNames.CONTENT_LENGTH) && !chunked;
    if (http10Client || (length && !http2)) {
      // Trailers follow chunks alone.
      headers.remove(HttpHeaderNames.TRAILER);
    }
    if (length) {
      return true;
    }
    int status = response.status().code();
    if (method.equals(HttpMethod.HEAD) || status == 204 || status == 304) {
      if (http10Client) {
        // It does not know the field, not even of a body that it does not get (RFC 9112 6.1).
        headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
      }
      return true;
    }
    HttpUtil.setTransferEncodingChunked(response, !http10Client);
    return !http10Client;
  }
}
