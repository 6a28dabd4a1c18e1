package sallyport.front.h1;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import sallyport.proxy.head.ResponseHead;

/** Framing of response bodies over HTTP/1 (RFC 9112 section 6). Stateless, any thread. */
public final class Http1Framing {
  private Http1Framing() {}

  /**
   * Sets the fields that frame the body of a response.
   *
   * @return false if only the end of the connection ends the body (an HTTP/1.0 client, or another
   *     protocol)
   */
  public static boolean frame(HttpResponse response, HttpMethod method, boolean http10Client) {
    if (ResponseHead.isSwitch(response)) {
      return false;
    }
    HttpHeaders headers = response.headers();
    boolean chunked = headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
    boolean length = headers.contains(HttpHeaderNames.CONTENT_LENGTH) && !chunked;
    if (http10Client || length) {
      // Only chunks have trailers.
      headers.remove(HttpHeaderNames.TRAILER);
    }
    if (length) {
      return true;
    }
    int status = response.status().code();
    if (method.equals(HttpMethod.HEAD) || status == 204 || status == 304) {
      if (http10Client) {
        // The field must not be sent to an HTTP/1.0 client (RFC 9112 section 6.1).
        headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
      }
      return true;
    }
    HttpUtil.setTransferEncodingChunked(response, !http10Client);
    return !http10Client;
  }
}
