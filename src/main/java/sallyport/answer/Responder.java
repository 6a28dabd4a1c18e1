package sallyport.answer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.netty.util.CharsetUtil;
import java.util.List;
import java.util.Map;
import sallyport.http.FailureTable;
import sallyport.http.HttpDate;
import sallyport.http.forwarded.IdentityFields;
import sallyport.http.forwarded.RequestId;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;

/**
 * The only maker of responses that the gateway itself gives. The body is the status and its reason:
 * it says nothing of what is behind.
 *
 * <p>The answer to an exchange carries its request id, and is noted in its log: status, failure and
 * bytes.
 */
public final class Responder {
  private static final String ALLOWED = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

  /** What a client has sent to prove who it is (RFC 9110 section 9.3.8). */
  private static final List<AsciiString> CREDENTIALS =
      List.of(
          HttpHeaderNames.AUTHORIZATION,
          HttpHeaderNames.COOKIE,
          HttpHeaderNames.PROXY_AUTHORIZATION);

  private Responder() {}

  /**
   * Returns the answer to a failed exchange.
   *
   * @param fields that its route puts on every response; none without a route
   */
  public static FullHttpResponse failure(
      ExchangeLog exchange, Failure failure, Map<String, String> fields) {
    FullHttpResponse response = plain(HttpResponseStatus.valueOf(FailureTable.status(failure)));
    if (failure == Failure.Gateway.OUT_OF_MEMORY) {
      response.headers().set(HttpHeaderNames.RETRY_AFTER, "1");
    }
    if (failure == Failure.Client.METHOD_NOT_ALLOWED) {
      response.headers().set(HttpHeaderNames.ALLOW, ALLOWED);
    }
    exchange.failure = failure;
    return of(exchange, response, fields);
  }

  /**
   * Returns the answer to an OPTIONS or a TRACE that may go no further (RFC 9110 section 7.6.2):
   * what may be asked, or what has come, without credentials and without what proxies say of the
   * client.
   *
   * @param request as it came
   * @param traces whether TRACE may pass
   * @param identityFields what proxies may say of a client
   * @param fields that its route puts on every response
   */
  public static FullHttpResponse last(
      ExchangeLog exchange,
      HttpRequest request,
      boolean traces,
      IdentityFields identityFields,
      Map<String, String> fields) {
    boolean trace = request.method().equals(HttpMethod.TRACE);
    FullHttpResponse response =
        plain(HttpResponseStatus.OK, trace ? traced(request, identityFields) : "");
    if (trace) {
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, "message/http");
    } else {
      response.headers().remove(HttpHeaderNames.CONTENT_TYPE);
      response.headers().set(HttpHeaderNames.ALLOW, traces ? ALLOWED + ", TRACE" : ALLOWED);
    }
    return of(exchange, response, fields);
  }

  private static String traced(HttpRequest request, IdentityFields identityFields) {
    HttpHeaders headers = request.headers().copy();
    identityFields.strip(headers, /* trusted= */ false);
    StringBuilder text = new StringBuilder(256);
    text.append(request.method()).append(' ').append(request.uri()).append(' ');
    text.append(request.protocolVersion()).append("\r\n");
    for (Map.Entry<String, String> field : headers) {
      if (CREDENTIALS.stream().noneMatch(name -> name.contentEqualsIgnoreCase(field.getKey()))) {
        text.append(field.getKey()).append(": ").append(field.getValue()).append("\r\n");
      }
    }
    return text.append("\r\n").toString();
  }

  /** Returns the answer that sends the client elsewhere. */
  public static FullHttpResponse redirect(
      ExchangeLog exchange, HttpResponseStatus status, String location) {
    FullHttpResponse response = plain(status);
    response.headers().set(HttpHeaderNames.LOCATION, location);
    return of(exchange, response, Map.of());
  }

  /** Returns a plain answer of these characters, none above U+00FF. */
  public static FullHttpResponse text(ExchangeLog exchange, String text) {
    return of(exchange, plain(HttpResponseStatus.OK, text), Map.of());
  }

  private static FullHttpResponse of(
      ExchangeLog exchange, FullHttpResponse response, Map<String, String> fields) {
    fields.forEach(response.headers()::set);
    if (!exchange.requestId.isEmpty()) {
      response.headers().set(RequestId.FIELD, exchange.requestId);
    }
    exchange.status = response.status().code();
    exchange.responseBytes = response.content().readableBytes();
    return response;
  }

  private static FullHttpResponse plain(HttpResponseStatus status) {
    return plain(status, status + "\n");
  }

  /** Returns a plain response of these characters, none above U+00FF, to no exchange. */
  public static FullHttpResponse plain(HttpResponseStatus status, String text) {
    ByteBuf body = Unpooled.copiedBuffer(text, CharsetUtil.ISO_8859_1);
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
    HttpHeaders headers = response.headers();
    headers.set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=us-ascii");
    headers.set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
    headers.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
    headers.set(HttpHeaderNames.DATE, HttpDate.now());
    return response;
  }
}
