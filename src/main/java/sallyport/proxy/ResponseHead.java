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
import sallyport.http.RequestId;
import sallyport.http.WebSocketHandshake;

/** Makes the head that goes to the client out of the one that the backend sent. */
final class ResponseHead {
  private ResponseHead() {}

  /**
   * Changes the response in place; framing is left to {@link #frame}.
   *
   * @param request the fields that the backend got
   */
  static void forClient(
      HttpResponse response, RouteTarget target, HttpHeaders request, String requestId) {
    HttpHeaders headers = response.headers();
    HopByHop.strip(headers);
    if (isSwitch(response)) {
      WebSocketHandshake.announce(headers);
    }
    headers.set(RequestId.FIELD, requestId);
    if (target.route().via().inResponses()) {
      ForwardedHeaders.applyVia(headers);
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
   * Frames the body for an HTTP/1 client.
   *
   * @return false when only the end of the connection can end the body (an HTTP/1.0 client, or
   *     another protocol)
   */
  static boolean frame(HttpResponse response, HttpMethod method, boolean http10Client) {
    if (isSwitch(response)) {
      return false;
    }
    HttpHeaders headers = response.headers();
    boolean chunked = headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
    if (headers.contains(HttpHeaderNames.CONTENT_LENGTH) && !chunked) {
      return true;
    }
    int status = response.status().code();
    if (method.equals(HttpMethod.HEAD) || status == 204 || status == 304) {
      return true;
    }
    HttpUtil.setTransferEncodingChunked(response, !http10Client);
    return !http10Client;
  }
}
