package sallyport.redirect;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.answer.Responder;
import sallyport.gate.Refused;
import sallyport.gate.SoundHead;
import sallyport.http.FailureTable;
import sallyport.http.ReceivedVersion;
import sallyport.http.forwarded.ForwardedFor;
import sallyport.http.request.Authority;
import sallyport.http.request.RequestRules;
import sallyport.http.request.RequestTarget;
import sallyport.http.request.RequestedHost;
import sallyport.net.ConnectionEvent;
import sallyport.net.Connections;
import sallyport.net.Failure;
import sallyport.net.transport.MinimumRate;
import sallyport.net.transport.ResponseProgress;
import sallyport.observe.access.ExchangeLog;
import sallyport.observe.audit.AuditEvent;

/**
 * Handler of plain requests: redirects each to the same host, path and query over HTTPS, as
 * received. The status is 301 for GET and HEAD, and 308 for the rest, which keeps the method (RFC
 * 9110 section 15.4). {@link RedirectGate} decides which requests are redirected.
 *
 * <p>Responses have no Strict-Transport-Security, which plain HTTP must not carry (RFC 6797 section
 * 7.2). A body was readable on the network: it is discarded, counted and audited. Paths below
 * {@code /.well-known/acme-challenge/} are not redirected, since a certificate authority asks for
 * them before there is a certificate (RFC 8555 section 8.3). GET and HEAD for a pending challenge
 * of the host are answered, even without a route for the host.
 *
 * <p>No further request is read while responses wait for the client. The minimum rate applies to
 * them.
 *
 * <p>Every call must run on the event loop of the connection.
 */
public final class RedirectHandler extends ChannelInboundHandlerAdapter
    implements ResponseProgress {
  private final Redirection redirection;
  private final ForwardedFor forwardedFor;

  /** Number of responses that wait for the client's socket. */
  private int undelivered;

  /** Bytes of the responses that the socket has taken. */
  private long deliveredBytes;

  private @Nullable ChannelHandlerContext context;
  private MinimumRate.@Nullable Place place;
  private boolean retiring;
  private boolean closing;

  /**
   * For one connection.
   *
   * @param forwardedFor finds the client of each request
   */
  public RedirectHandler(Redirection redirection, ForwardedFor forwardedFor) {
    this.redirection = redirection;
    this.forwardedFor = forwardedFor;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    leave();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof HttpRequest request && !closing) {
        answer(ctx, request);
      } else if (message instanceof HttpContent content
          && !closing
          && content.decoderResult().isFailure()) {
        closing = true;
        ctx.close();
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void answer(ChannelHandlerContext ctx, HttpRequest request) {
    ReceivedVersion version = ReceivedVersion.of(request.protocolVersion());
    // A request line that could not be parsed gives neither target nor method.
    ExchangeLog exchange =
        new ExchangeLog(
            redirection.listener,
            forwardedFor.client(request.headers()),
            version.text(),
            request.uri().isEmpty() ? "" : request.method().name());
    boolean body = RequestRules.announcesBody(request);
    FullHttpResponse response;
    boolean whole = !body;
    boolean last = false;
    switch (redirection.gate.decide(request, version)) {
      case RedirectGate.Decision.Redirected redirected -> {
        note(exchange, redirected.head().target(), redirected.head().host());
        response = redirect(exchange, request.method(), redirected.head());
      }
      case RedirectGate.Decision.Challenge challenge -> {
        note(exchange, challenge.head().target(), challenge.head().host());
        response = Responder.text(exchange, challenge.answer());
      }
      case RedirectGate.Decision.Denied denied -> {
        Refused refused = denied.refused();
        note(exchange, refused.target(), refused.host());
        redirection.refusals.refused(exchange, refused.failure());
        response = Responder.failure(exchange, refused.failure(), refused.fields());
        whole = refused.bodyless();
        last = FailureTable.of(refused.failure()).ends();
      }
    }
    if (body) {
      redirection.metrics.plainBody();
      redirection.audit.record(
          new AuditEvent.PlainBody(
              redirection.listener, exchange.client, exchange.method, exchange.host));
    }
    finish(exchange);
    write(ctx, request, response, whole, last);
  }

  private static void note(
      ExchangeLog exchange, @Nullable RequestTarget target, @Nullable RequestedHost host) {
    exchange.host = host == null ? "" : host.name();
    if (target != null) {
      exchange.path = target.rawPath();
      exchange.query = target.query();
    }
  }

  private FullHttpResponse redirect(ExchangeLog exchange, HttpMethod method, SoundHead head) {
    int port = redirection.httpsPort;
    String query = head.target().query();
    FullHttpResponse response =
        Responder.redirect(
            exchange,
            RedirectGate.isGetOrHead(method)
                ? HttpResponseStatus.MOVED_PERMANENTLY
                : HttpResponseStatus.PERMANENT_REDIRECT,
            "https://"
                + head.host().name()
                + (port == Authority.HTTPS_PORT ? "" : ":" + port)
                + head.target().rawPath()
                + (query == null ? "" : "?" + query));
    redirection.metrics.redirected(exchange.status);
    return response;
  }

  private void finish(ExchangeLog exchange) {
    exchange.endNanos = System.nanoTime();
    redirection.accessLog.record(exchange);
  }

  private void write(
      ChannelHandlerContext ctx,
      HttpRequest request,
      FullHttpResponse response,
      boolean whole,
      boolean last) {
    if (whole && !last && !retiring && HttpUtil.isKeepAlive(request)) {
      if (request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
      }
      send(ctx, response);
    } else {
      end(ctx, response, whole);
    }
  }

  private void end(ChannelHandlerContext ctx, FullHttpResponse response, boolean whole) {
    closing = true;
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    Connections.closeAfter(ctx, send(ctx, response), whole);
  }

  private ChannelFuture send(ChannelHandlerContext ctx, FullHttpResponse response) {
    int body = response.content().readableBytes();
    ChannelFuture written = ctx.writeAndFlush(response);
    if (!written.isDone()) {
      int bytes = body + headBytes(response);
      if (++undelivered == 1) {
        place = pace(ctx).enter(this);
      }
      written.addListener(done -> onDelivered(bytes));
    }
    return written;
  }

  private static int headBytes(FullHttpResponse response) {
    int bytes = response.status().toString().length() + "HTTP/1.1 \r\n\r\n".length();
    for (Map.Entry<String, String> field : response.headers()) {
      bytes += field.getKey().length() + field.getValue().length() + ": \r\n".length();
    }
    return bytes;
  }

  private void onDelivered(int bytes) {
    deliveredBytes += bytes;
    if (--undelivered == 0) {
      leave();
    }
  }

  private void leave() {
    if (place != null) {
      pace(Objects.requireNonNull(context)).leave(place);
      place = null;
    }
  }

  private MinimumRate pace(ChannelHandlerContext ctx) {
    return Objects.requireNonNull(redirection.pace.get(ctx.channel().eventLoop()));
  }

  // ---- minimum rate

  @Override
  public long deliveredBytes() {
    return deliveredBytes;
  }

  @Override
  public boolean hasBacklog() {
    return undelivered > 0;
  }

  @Override
  public void responseTooSlow() {
    leave();
    closing = true;
    redirection.refusals.refused(forwardedFor.connection(), Failure.Client.READ_TOO_SLOW);
    Connections.truncate(Objects.requireNonNull(context));
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (!closing) {
      ctx.channel().config().setAutoRead(ctx.channel().isWritable());
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case ConnectionEvent.RETIRE, ConnectionEvent.DRAIN -> retiring = true;
      case ConnectionEvent.IDLE -> close(ctx);
      case Failure.Client failure when !closing -> refuse(ctx, failure);
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  /** Answers a client that broke a rule of the connection before its request was received. */
  private void refuse(ChannelHandlerContext ctx, Failure.Client failure) {
    ExchangeLog exchange =
        new ExchangeLog(
            redirection.listener, forwardedFor.connection(), ReceivedVersion.HTTP_1_1.text(), "");
    redirection.refusals.refused(exchange, failure);
    FullHttpResponse response = Responder.failure(exchange, failure, Map.of());
    finish(exchange);
    end(ctx, response, /* whole= */ false);
  }

  private void close(ChannelHandlerContext ctx) {
    if (!closing) {
      closing = true;
      ctx.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    closing = true;
    ctx.close();
  }
}
