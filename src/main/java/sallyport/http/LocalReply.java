package sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.CharsetUtil;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/**
 * The only maker of responses that the gateway itself gives. The body is the status and its reason:
 * it says nothing of what is behind.
 */
public final class LocalReply {
  private LocalReply() {}

  /** The answer to a failed exchange. */
  public static FullHttpResponse of(Failure failure) {
    FullHttpResponse response = of(HttpResponseStatus.valueOf(failure.status()));
    if (failure == Failure.Gateway.OUT_OF_MEMORY) {
      response.headers().set(HttpHeaderNames.RETRY_AFTER, "1");
    }
    if (failure == Failure.Client.METHOD_NOT_ALLOWED) {
      response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }
    return response;
  }

  /** A short plain response with this status. */
  public static FullHttpResponse of(HttpResponseStatus status) {
    return of(status, status + "\n");
  }

  /** A plain response of these characters, all ASCII. */
  public static FullHttpResponse of(HttpResponseStatus status, String text) {
    ByteBuf body = Unpooled.copiedBuffer(text, CharsetUtil.US_ASCII);
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
    HttpHeaders headers = response.headers();
    headers.set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=us-ascii");
    headers.set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
    headers.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
    headers.set(
        HttpHeaderNames.DATE,
        DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)));
    return response;
  }
}
