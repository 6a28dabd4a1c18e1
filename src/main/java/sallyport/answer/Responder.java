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
import sallyport.config.route.page.ErrorPagesConfig;
import sallyport.config.route.page.Page;
import sallyport.http.FailureTable;
import sallyport.http.HttpDate;
import sallyport.http.forwarded.IdentityFields;
import sallyport.http.forwarded.RequestId;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;

/**
 * The only maker of the gateway's own responses. The body of a failure is the status and its
 * reason: it reveals nothing about backends.
 *
 * <p>The answer to an exchange carries the request id. The log of the exchange gets its status,
 * failure and bytes. Stateless, any thread.
 */
public final class Responder {
  private static final String ALLOWED = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

  /** Fields with credentials, which an answer to TRACE leaves out (RFC 9110 section 9.3.8). */
  private static final List<AsciiString> CREDENTIALS =
      List.of(
          HttpHeaderNames.AUTHORIZATION,
          HttpHeaderNames.COOKIE,
          HttpHeaderNames.PROXY_AUTHORIZATION);

  private Responder() {}

  /**
   * Returns the answer to a failed exchange.
   *
   * @param fields that its route sets on every response; empty before a route is known
   */
  public static FullHttpResponse failure(
      ExchangeLog exchange, Failure failure, Map<String, String> fields) {
    return failure(exchange, failure, fields, ErrorPagesConfig.NONE);
  }

  /**
   * Returns the same answer, with a page where there is one for its status.
   *
   * @param pages of its route, or of the gateway before a route is known
   */
  public static FullHttpResponse failure(
      ExchangeLog exchange, Failure failure, Map<String, String> fields, ErrorPagesConfig pages) {
    HttpResponseStatus status = HttpResponseStatus.valueOf(FailureTable.status(failure));
    FullHttpResponse response = plain(status, status + "\n");
    Page page = pages.of(status.code());
    if (page != null) {
      response.content().release();
      ByteBuf content = Unpooled.copiedBuffer(page.text(), CharsetUtil.UTF_8);
      response = response.replace(content);
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, page.contentType());
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
    }
    return failure(exchange, failure, response, fields);
  }

  /**
   * Returns the answer to a failed exchange whose method is not known: a response to HEAD has no
   * body (RFC 9110 section 9.3.2).
   */
  public static FullHttpResponse failureWithoutBody(ExchangeLog exchange, Failure failure) {
    HttpResponseStatus status = HttpResponseStatus.valueOf(FailureTable.status(failure));
    FullHttpResponse response = plain(status, "");
    response.headers().remove(HttpHeaderNames.CONTENT_TYPE);
    return failure(exchange, failure, response, Map.of());
  }

  private static FullHttpResponse failure(
      ExchangeLog exchange,
      Failure failure,
      FullHttpResponse response,
      Map<String, String> fields) {
    if (FailureTable.isBrief(failure)) {
      response.headers().set(HttpHeaderNames.RETRY_AFTER, "1");
    }
    if (failure == Failure.Client.METHOD_NOT_ALLOWED) {
      response.headers().set(HttpHeaderNames.ALLOW, ALLOWED);
    }
    exchange.failure = failure;
    return of(exchange, response, fields);
  }

  /**
   * Returns the answer of the final recipient of an OPTIONS or a TRACE (RFC 9110 section 7.6.2):
   * the allowed methods, or the received head without credentials and without identity fields.
   *
   * @param request as received
   * @param traces whether TRACE is allowed
   * @param identityFields the fields that a TRACE leaves out
   * @param fields that its route sets on every response
   */
  public static FullHttpResponse asFinalRecipient(
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

  /** Returns a redirect to this location. */
  public static FullHttpResponse redirect(
      ExchangeLog exchange, HttpResponseStatus status, String location) {
    FullHttpResponse response = plain(status, status + "\n");
    response.headers().set(HttpHeaderNames.LOCATION, location);
    return of(exchange, response, Map.of());
  }

  /**
   * Returns a fixed answer.
   *
   * @param contentType empty without a body
   */
  static FullHttpResponse fixed(
      ExchangeLog exchange, HttpResponseStatus status, String contentType, String body) {
    ByteBuf content = Unpooled.copiedBuffer(body, CharsetUtil.UTF_8);
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, content);
    HttpHeaders headers = response.headers();
    headers.set(HttpHeaderNames.DATE, HttpDate.now());
    if (status.code() != 204 && status.code() != 304) {
      // RFC 9110 section 8.6.
      headers.set(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
    }
    if (!contentType.isEmpty()) {
      headers.set(HttpHeaderNames.CONTENT_TYPE, contentType);
    }
    return of(exchange, response, Map.of());
  }

  /**
   * Returns a text with status 200.
   *
   * @param text of characters up to U+00FF
   */
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

  /**
   * Returns an answer outside an exchange, after which the connection ends.
   *
   * @param text of characters up to U+00FF
   */
  public static FullHttpResponse closing(HttpResponseStatus status, String text) {
    FullHttpResponse response = plain(status, text);
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return response;
  }

  private static FullHttpResponse plain(HttpResponseStatus status, String text) {
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
