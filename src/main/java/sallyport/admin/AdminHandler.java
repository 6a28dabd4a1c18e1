package sallyport.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.CharsetUtil;
import io.netty.util.NetUtil;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sallyport.http.HttpDate;
import sallyport.http.request.Authority;
import sallyport.observe.metrics.GatewayMetrics;

/**
 * Handler of GET and HEAD for {@code /metrics}, {@code /healthz}, {@code /readyz} and the status
 * page at {@code /}, and POST for {@code /reload}.
 *
 * <p>Only requests for an address, for localhost, for a name that the configuration lists, or of
 * HTTP/1.0 for no host at all are answered: a page in an operator's browser must not reach this
 * listener by way of a name of its own (DNS rebinding).
 *
 * <p>One request at a time: the next is read once the client has taken the answer before it.
 */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final String TEXT = "text/plain; charset=utf-8";

  private final Supplier<Set<String>> hosts;
  private final GatewayMetrics metrics;
  private final Readiness readiness;
  private final Supplier<StatusPage> status;
  private final Reload reload;

  AdminHandler(
      Supplier<Set<String>> hosts,
      GatewayMetrics metrics,
      Readiness readiness,
      Supplier<StatusPage> status,
      Reload reload) {
    this.hosts = hosts;
    this.metrics = metrics;
    this.readiness = readiness;
    this.status = status;
    this.reload = reload;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.read();
    ctx.fireChannelActive();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    boolean keepAlive = request.decoderResult().isSuccess() && HttpUtil.isKeepAlive(request);
    boolean head = request.method().equals(HttpMethod.HEAD);
    if (request.decoderResult().isFailure()) {
      write(ctx, page(HttpResponseStatus.BAD_REQUEST, TEXT, "bad request\n"), false, false);
    } else if (!isAnswered(request)) {
      write(
          ctx,
          page(
              HttpResponseStatus.MISDIRECTED_REQUEST,
              TEXT,
              "ask for this listener by its address, as localhost, or by a name of admin.hosts\n"),
          head,
          false);
    } else if (request.method().equals(HttpMethod.POST) && path(request).equals("/reload")) {
      reload(ctx, request, keepAlive);
    } else if (!head && !request.method().equals(HttpMethod.GET)) {
      FullHttpResponse response = page(HttpResponseStatus.METHOD_NOT_ALLOWED, TEXT, "GET only\n");
      response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
      write(ctx, response, false, keepAlive);
    } else {
      String path = path(request);
      // A scrape walks all meters: not on the event loop that serves traffic.
      Thread.startVirtualThread(() -> write(ctx, answer(path), head, keepAlive));
    }
  }

  private static String path(FullHttpRequest request) {
    return request.uri().split("\\?", 2)[0];
  }

  private void reload(ChannelHandlerContext ctx, FullHttpRequest request, boolean keepAlive) {
    if (request.headers().contains(HttpHeaderNames.ORIGIN)
        || request.headers().contains("sec-fetch-site")) {
      // A page in an operator's browser must not do this (cross-site request forgery).
      write(ctx, page(HttpResponseStatus.FORBIDDEN, TEXT, "not from a browser\n"), false, false);
      return;
    }
    List<String> reasons =
        new QueryStringDecoder(request.uri()).parameters().getOrDefault("allow-weaken", List.of());
    String reason = reasons.isEmpty() || reasons.getFirst().isBlank() ? null : reasons.getFirst();
    // It reads files and proves keys: not on the event loop.
    Thread.startVirtualThread(() -> write(ctx, reloaded(reason), false, keepAlive));
  }

  private FullHttpResponse reloaded(@Nullable String reason) {
    try {
      Reload.Result result = reload.run(reason);
      return page(
          result.good() ? HttpResponseStatus.OK : HttpResponseStatus.CONFLICT,
          TEXT,
          String.join("\n", result.lines()) + "\n");
    } catch (RuntimeException e) {
      return page(HttpResponseStatus.INTERNAL_SERVER_ERROR, TEXT, "the reload failed\n");
    }
  }

  private FullHttpResponse answer(String path) {
    try {
      return switch (path) {
        case "/metrics" ->
            page(
                HttpResponseStatus.OK,
                "text/plain; version=0.0.4; charset=utf-8",
                metrics.scrape());
        case "/healthz" -> page(HttpResponseStatus.OK, TEXT, "ok\n");
        case "/readyz" -> {
          Readiness.Page now = readiness.page();
          yield page(
              now.ready() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
              TEXT,
              now.text());
        }
        case "/" -> page(HttpResponseStatus.OK, "text/html; charset=utf-8", status.get().html());
        default -> page(HttpResponseStatus.NOT_FOUND, TEXT, "not found\n");
      };
    } catch (RuntimeException e) {
      return page(HttpResponseStatus.INTERNAL_SERVER_ERROR, TEXT, "the page cannot be made\n");
    }
  }

  /** HTTP/1.0, as health checks of load balancers speak it, may name no host: no browser does. */
  private boolean isAnswered(FullHttpRequest request) {
    List<String> named = request.headers().getAll(HttpHeaderNames.HOST);
    if (named.isEmpty()) {
      return request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    }
    Authority host = named.size() == 1 ? Authority.parse(named.getFirst()) : null;
    return host != null
        && (host.name().equals("localhost")
            || host.host().startsWith("[")
            || NetUtil.isValidIpV4Address(host.host())
            || hosts.get().contains(host.name()));
  }

  private static FullHttpResponse page(HttpResponseStatus code, String type, String text) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, code, Unpooled.copiedBuffer(text, CharsetUtil.UTF_8));
    HttpHeaders headers = response.headers();
    headers.set(HttpHeaderNames.CONTENT_TYPE, type);
    headers.set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
    headers.set(HttpHeaderNames.DATE, HttpDate.now());
    headers.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
    headers.set(HttpHeaderNames.X_FRAME_OPTIONS, "DENY");
    headers.set("x-content-type-options", "nosniff");
    headers.set(
        HttpHeaderNames.CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'");
    return response;
  }

  private static void write(
      ChannelHandlerContext ctx, FullHttpResponse response, boolean head, boolean keepAlive) {
    if (head) {
      response.content().clear();
    }
    if (!keepAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    ChannelFuture written = ctx.writeAndFlush(response);
    if (keepAlive) {
      written.addListener(taken -> ctx.read());
    } else {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
