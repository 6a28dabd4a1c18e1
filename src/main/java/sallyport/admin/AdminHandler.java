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
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.admin.access.Operator;
import sallyport.admin.access.Rights;
import sallyport.config.admin.AdminListenerConfig;
import sallyport.config.admin.AdminPart;
import sallyport.http.HttpDate;
import sallyport.http.request.Authority;
import sallyport.observe.audit.AuditEvent;

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

  private final AdminContext context;
  private final Operator operator;
  private final BooleanSupplier current;

  /** Whether a request was asked for and has not come. */
  private boolean awaiting;

  /**
   * @param current whether the settings with which the connection was accepted still hold
   */
  AdminHandler(AdminContext context, Operator operator, BooleanSupplier current) {
    this.context = context;
    this.operator = operator;
    this.current = current;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (ctx.channel().isActive()) {
      awaitRequest(ctx);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    awaitRequest(ctx);
    ctx.fireChannelActive();
  }

  private void awaitRequest(ChannelHandlerContext ctx) {
    if (!awaiting) {
      // Each read would be one more request at a time.
      awaiting = true;
      ctx.read();
    }
  }

  /** Asks again where less than a request has come: FlowControlHandler forgets who asked. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (awaiting) {
      ctx.read();
    }
    ctx.fireChannelReadComplete();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    awaiting = false;
    if (!current.getAsBoolean()) {
      // As an idle connection that ends: the client connects again.
      ctx.close();
      return;
    }
    boolean head = request.method().equals(HttpMethod.HEAD);
    if (request.decoderResult().isFailure()) {
      write(ctx, AdminReply.text(HttpResponseStatus.BAD_REQUEST, "bad request\n"), false, false);
      return;
    }
    QueryStringDecoder target = new QueryStringDecoder(request.uri());
    AdminReply refusal = refusal(request, target.path());
    if (refusal != null) {
      write(ctx, refusal, head, false);
    } else if (AdminPages.takesOrders(target.path())) {
      order(ctx, request, target);
    } else if (head || request.method().equals(HttpMethod.GET)) {
      page(ctx, request, target);
    } else {
      write(
          ctx, AdminReply.methods("GET, HEAD", "GET only\n"), false, HttpUtil.isKeepAlive(request));
    }
  }

  /** Returns the refusal of a request; null where it may go on. */
  private @Nullable AdminReply refusal(FullHttpRequest request, String path) {
    AdminListenerConfig listener = context.listener().get();
    if (!isAnswered(request)) {
      return AdminReply.text(
          HttpResponseStatus.MISDIRECTED_REQUEST,
          "ask for this listener by its address, as localhost, or by a name of admin.hosts\n");
    }
    if (operator instanceof Operator.Refused) {
      return refused(listener, path, "certificate", "your certificate is refused\n");
    }
    AdminPart part = AdminPages.partOf(path);
    if (part != null && !listener.parts().contains(part)) {
      return AdminReply.text(
          HttpResponseStatus.NOT_FOUND, "not here: admin.%s has it\n".formatted(part.key()));
    }
    boolean order = AdminPages.takesOrders(path);
    Rights.Right right = order ? Rights.Right.OPERATE : Rights.Right.READ;
    if (part == AdminPart.CONTROL && !Rights.has(operator, listener.roles(), right)) {
      return refused(
          listener, path, "role", "your certificate has no role for this (admin.control.roles)\n");
    }
    boolean browser =
        request.headers().contains(HttpHeaderNames.ORIGIN)
            || request.headers().contains("sec-fetch-site");
    if (order && browser && request.method().equals(HttpMethod.POST)) {
      // A page in an operator's browser must not do this (cross-site request forgery).
      return refused(listener, path, "browser", "not from a browser\n");
    }
    return null;
  }

  private AdminReply refused(
      AdminListenerConfig listener, String path, String reason, String text) {
    boolean known = AdminPages.partOf(path) != null;
    context
        .audit()
        .record(
            new AuditEvent.ControlRefused(
                listener.name(), operator.text(), known ? path : "", reason));
    return AdminReply.text(HttpResponseStatus.FORBIDDEN, text);
  }

  private void page(ChannelHandlerContext ctx, FullHttpRequest request, QueryStringDecoder target) {
    boolean head = request.method().equals(HttpMethod.HEAD);
    boolean keepAlive = HttpUtil.isKeepAlive(request);
    String accept = String.join(",", request.headers().getAll(HttpHeaderNames.ACCEPT));
    // A scrape walks all meters: not on the event loop that serves traffic.
    Thread.startVirtualThread(
        () ->
            write(
                ctx,
                made(
                    () -> context.pages().page(target.path(), target.parameters(), accept),
                    "the page cannot be made\n"),
                head,
                keepAlive));
  }

  private void order(
      ChannelHandlerContext ctx, FullHttpRequest request, QueryStringDecoder target) {
    boolean head = request.method().equals(HttpMethod.HEAD);
    boolean keepAlive = HttpUtil.isKeepAlive(request);
    if (!request.method().equals(HttpMethod.POST)) {
      write(ctx, AdminReply.methods("POST", "POST only\n"), head, keepAlive);
      return;
    }
    // A reload reads files and proves keys: not on the event loop.
    Thread.startVirtualThread(
        () ->
            write(
                ctx,
                made(
                    () ->
                        context.pages().order(target.path(), target.parameters(), operator.text()),
                    "it failed; the log says how\n"),
                false,
                keepAlive));
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
            || context.hosts().get().contains(host.name()));
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

  private void write(ChannelHandlerContext ctx, AdminReply reply, boolean head, boolean keepAlive) {
    FullHttpResponse response = response(reply);
    if (head) {
      response.content().clear();
    }
    if (!keepAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    ChannelFuture written = ctx.writeAndFlush(response);
    if (keepAlive) {
      written.addListener(taken -> awaitRequest(ctx));
    } else {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
