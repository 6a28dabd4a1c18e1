package sallyport.front.h1;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import sallyport.proxy.head.ResponseHead;

/** The framing of response bodies over HTTP/1 (RFC 9112 section 6). */
public final class Http1Framing {
  private Http1Framing() {}

  /**
   * Frames the body of a response for its client.
   *
   * @return false when only the end of the connection can end the body (an HTTP/1.0 client, or
   *     another protocol)
   */
  public static boolean frame(HttpResponse response, HttpMethod method, boolean http10Client) {
    if (ResponseHead.isSwitch(response)) {
      return false;
    }
    HttpHeaders headers = response.headers();
    boolean chunked = headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
    boolean length = headers.contains(HttpHeaderNames.CONTENT_LENGTH) && !chunked;
    if (http10Client || length) {
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
