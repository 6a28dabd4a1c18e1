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
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.http.HttpDate;
import sallyport.http.request.Authority;

/**
 * Handler of GET and HEAD for the pages of {@link AdminPages}, and of POST for its orders.
 *
 * <p>Only requests for an address, for localhost, for a name that the configuration lists, or of
 * HTTP/1.0 for no host at all are answered: a page in an operator's browser must not reach this
 * listener by way of a name of its own (DNS rebinding).
 *
 * <p>One request at a time: the next is read once the client has taken the answer before it.
 */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);

  private final Supplier<Set<String>> hosts;
  private final AdminPages pages;

  AdminHandler(Supplier<Set<String>> hosts, AdminPages pages) {
    this.hosts = hosts;
    this.pages = pages;
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
      write(ctx, AdminReply.text(HttpResponseStatus.BAD_REQUEST, "bad request\n"), false, false);
    } else if (!isAnswered(request)) {
      write(
          ctx,
          AdminReply.text(
              HttpResponseStatus.MISDIRECTED_REQUEST,
              "ask for this listener by its address, as localhost, or by a name of admin.hosts\n"),
          head,
          false);
    } else {
      QueryStringDecoder target = new QueryStringDecoder(request.uri());
      if (AdminPages.takesOrders(target.path())) {
        order(ctx, request, target, keepAlive);
      } else if (head || request.method().equals(HttpMethod.GET)) {
        page(ctx, request, target, keepAlive);
      } else {
        write(ctx, AdminReply.methods("GET, HEAD", "GET only\n"), false, keepAlive);
      }
    }
  }

  private void page(
      ChannelHandlerContext ctx,
      FullHttpRequest request,
      QueryStringDecoder target,
      boolean keepAlive) {
    boolean head = request.method().equals(HttpMethod.HEAD);
    String accept = String.join(",", request.headers().getAll(HttpHeaderNames.ACCEPT));
    // A scrape walks all meters: not on the event loop that serves traffic.
    Thread.startVirtualThread(
        () ->
            write(
                ctx,
                made(
                    () -> pages.page(target.path(), target.parameters(), accept),
                    "the page cannot be made\n"),
                head,
                keepAlive));
  }

  private void order(
      ChannelHandlerContext ctx,
      FullHttpRequest request,
      QueryStringDecoder target,
      boolean keepAlive) {
    boolean head = request.method().equals(HttpMethod.HEAD);
    if (!request.method().equals(HttpMethod.POST)) {
      write(ctx, AdminReply.methods("POST", "POST only\n"), head, keepAlive);
    } else if (request.headers().contains(HttpHeaderNames.ORIGIN)
        || request.headers().contains("sec-fetch-site")) {
      // A page in an operator's browser must not do this (cross-site request forgery).
      write(
          ctx, AdminReply.text(HttpResponseStatus.FORBIDDEN, "not from a browser\n"), false, false);
    } else {
      String operator =
          NetUtil.toSocketAddressString((InetSocketAddress) ctx.channel().remoteAddress());
      // A reload reads files and proves keys: not on the event loop.
      Thread.startVirtualThread(
          () ->
              write(
                  ctx,
                  made(
                      () -> pages.order(target.path(), target.parameters(), operator),
                      "it failed; the log says how\n"),
                  false,
                  keepAlive));
    }
  }

  private static AdminReply made(Supplier<AdminReply> maker, String failure) {
    try {
      return maker.get();
    } catch (RuntimeException e) {
      LOG.error("a request to the admin listener failed", e);
      return AdminReply.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, failure);
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

  private static FullHttpResponse response(AdminReply reply) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            reply.code(),
            Unpooled.copiedBuffer(reply.text(), CharsetUtil.UTF_8));
    HttpHeaders headers = response.headers();
    headers.set(HttpHeaderNames.CONTENT_TYPE, reply.type());
    headers.set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
    headers.set(HttpHeaderNames.DATE, HttpDate.now());
    headers.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
    headers.set(HttpHeaderNames.X_FRAME_OPTIONS, "DENY");
    headers.set("x-content-type-options", "nosniff");
    headers.set(
        HttpHeaderNames.CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'");
    if (!reply.allow().isEmpty()) {
      headers.set(HttpHeaderNames.ALLOW, reply.allow());
    }
    return response;
  }

  private static void write(
      ChannelHandlerContext ctx, AdminReply reply, boolean head, boolean keepAlive) {
    FullHttpResponse response = response(reply);
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
