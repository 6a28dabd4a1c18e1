package sallyport.proxy.head;

import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Map;
import sallyport.http.HopByHop;
import sallyport.http.HttpDate;
import sallyport.http.ReceivedVersion;
import sallyport.http.WebSocketHandshake;
import sallyport.http.forwarded.ForwardedHeaders;
import sallyport.http.forwarded.RequestId;

/** Maker of the head that a client gets of a backend's response. Stateless, any thread. */
public final class ResponseHead {
  private ResponseHead() {}

  /**
   * Changes the response in place. The client's stream frames the body.
   *
   * @param received the version of the backend's response
   * @param request the fields that the backend got
   */
  public static void forClient(
      HttpResponse response,
      ReceivedVersion received,
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
      ForwardedHeaders.applyVia(headers, received);
    }
    Locations.rewrite(headers, request, target);
    FieldRules.apply(target.route().responseFields(), headers);
    Map<String, String> securityHeaders = target.securityHeaders();
    if (!securityHeaders.isEmpty()) {
      securityHeaders.forEach(headers::set);
    }
    response.setProtocolVersion(HttpVersion.HTTP_1_1);
  }

  /** Returns the interim response for the client. */
  public static FullHttpResponse interim(HttpResponse response) {
    DefaultFullHttpResponse interim =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, response.status());
    interim.headers().set(response.headers());
    HopByHop.strip(interim.headers());
    return interim;
  }

  /** Returns the response that tells a client to send its body (RFC 9110 section 15.2.1). */
  public static HttpResponse sendBody() {
    return new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE);
  }

  /** Returns whether the protocol changes after this head. */
  public static boolean isSwitch(HttpResponse response) {
    return response.status().code() == 101;
  }
}
