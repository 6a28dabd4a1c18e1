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
import sallyport.config.http.HttpRulesConfig;
import sallyport.http.Authority;
import sallyport.http.ConnectionEnd;
import sallyport.http.ForwardedFor;
import sallyport.http.LocalReply;
import sallyport.http.RequestRules;
import sallyport.http.RequestTarget;
import sallyport.http.RequestedHost;
import sallyport.http.codec.MalformedMessage;
import sallyport.net.ConnectionEvent;
import sallyport.net.Failure;
import sallyport.net.transport.MinimumRate;
import sallyport.net.transport.ResponseProgress;
import sallyport.observe.access.ExchangeLog;
import sallyport.observe.audit.AuditEvent;
import sallyport.values.ClientAddress;

/**
 * Answers every plain request itself: 301 for GET and HEAD, 308 for the rest so that the method
 * stays (RFC 9110 section 15.4), to the same host, path and query over HTTPS, as they came. Encoded
 * slashes pass: the listener that forwards decides on them.
 *
 * <p>Never Strict-Transport-Security: it must not be sent over plain HTTP (RFC 6797 section 7.2). A
 * body that came along was already readable by everyone on the way: it is thrown away, counted and
 * audited. Paths below {@code /.well-known/acme-challenge/} are not redirected: a certificate
 * authority asks for them before there is a certificate (RFC 8555 section 8.3). GET and HEAD are
 * answered, on the host that is to be proven, while it was promised an answer; whatever routes say.
 *
 * <p>While the client does not take its answers no further request is read, and it is held to its
 * pace.
 */
public final class RedirectHandler extends ChannelInboundHandlerAdapter
    implements ResponseProgress {
  private static final String ACME = "/.well-known/acme-challenge/";

  private final Redirection redirection;
  private final ForwardedFor forwardedFor;

  /** Answers that the client's socket has not taken. */
  private int undelivered;

  /** Bytes of those that it has. */
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
    HttpVersion version = request.protocolVersion();
    ExchangeLog exchange =
        new ExchangeLog(
            redirection.listener(),
            forwardedFor.client(request.headers()),
            version.text(),
            request.method().name());
    FullHttpResponse response;
    Failure failure = MalformedMessage.in(request);
    boolean malformed = failure != null;
    if (failure == null) {
      failure = RequestRules.check(request, HttpRulesConfig.STRICT.allowTrace());
    }
    RequestTarget target = failure == null ? RequestRules.target(request) : null;
    boolean understood = target != null;
    target = target == null ? null : target.canonical(RequestTarget.Ambiguity.PASS);
    RequestedHost host =
        target == null ? null : RequestRules.host(request, target, Authority.HTTP_PORT, null);
    // Without a name there is no place to redirect to.
    host = host == null || !host.isNamed() ? null : host;
    String proof = null;
    if (failure == null) {
      proof = target == null || host == null ? null : proof(target, host);
      failure = understood ? refusal(target, host) : Failure.Client.BAD_URI;
    }
    if (proof != null) {
      failure = isGetOrHead(request.method()) ? null : Failure.Client.METHOD_NOT_ALLOWED;
    }
    if (failure != null || target == null || host == null) {
      Failure why = failure == null ? Failure.Client.BAD_REQUEST : failure;
      refused(exchange.client, why);
      exchange.failure = why;
      response = LocalReply.of(why);
      if (proof != null) {
        response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
      }
    } else {
      exchange.host = host.name();
      exchange.path = target.rawPath();
      exchange.query = target.query();
      if (proof == null) {
        response = redirect(request.method(), host, target);
        redirection.metrics().redirected(response.status().code());
      } else {
        response = LocalReply.of(HttpResponseStatus.OK, proof);
      }
    }
    boolean body = RequestRules.announcesBody(request);
    if (body) {
      redirection.metrics().plainBody();
      redirection
          .audit()
          .record(
              new AuditEvent.PlainBody(
                  redirection.listener(), exchange.client, exchange.method, exchange.host));
    }
    exchange.status = response.status().code();
    exchange.responseBytes = response.content().readableBytes();
    exchange.endNanos = System.nanoTime();
    redirection.accessLog().record(exchange);
    write(ctx, request, response, !malformed && !body);
  }

  /** Why this target on this host is not redirected; null when it is. */
  private @Nullable Failure refusal(@Nullable RequestTarget target, @Nullable RequestedHost host) {
    if (target == null) {
      return Failure.Client.AMBIGUOUS_URI;
    }
    if (target.isAsterisk()) {
      return Failure.Client.BAD_URI;
    }
    if (host == null) {
      return Failure.Client.BAD_HOST;
    }
    boolean served = redirection.routes().servesHost(host.name());
    return served && !target.path().startsWith(ACME) ? null : Failure.Gateway.NO_ROUTE;
  }

  /** What an authority is to be answered; null when this is not for one. */
  private @Nullable String proof(RequestTarget target, RequestedHost host) {
    return target.path().startsWith(ACME)
        ? redirection.challenges().answer(host.name(), target.path().substring(ACME.length()))
        : null;
  }

  private static boolean isGetOrHead(HttpMethod method) {
    return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
  }

  private void refused(ClientAddress client, Failure failure) {
    redirection.metrics().requestRefused(failure.flag());
    if (failure instanceof Failure.Client) {
      redirection
          .audit()
          .record(new AuditEvent.RequestRefused(redirection.listener(), client, failure.flag()));
    }
  }

  private FullHttpResponse redirect(HttpMethod method, RequestedHost host, RequestTarget target) {
    FullHttpResponse response =
        LocalReply.of(
            isGetOrHead(method)
                ? HttpResponseStatus.MOVED_PERMANENTLY
                : HttpResponseStatus.PERMANENT_REDIRECT);
    int port = redirection.httpsPort();
    String query = target.query();
    response
        .headers()
        .set(
            HttpHeaderNames.LOCATION,
            "https://"
                + host.name()
                + (port == 443 ? "" : ":" + port)
                + target.rawPath()
                + (query == null ? "" : "?" + query));
    return response;
  }

  private void write(
      ChannelHandlerContext ctx, HttpRequest request, FullHttpResponse response, boolean whole) {
    if (whole && !retiring && HttpUtil.isKeepAlive(request)) {
      if (request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
      }
      send(ctx, response);
      return;
    }
    closing = true;
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    ConnectionEnd.HTTP1.endAfter(ctx, send(ctx, response), whole);
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
    return Objects.requireNonNull(redirection.pace().get(ctx.channel().eventLoop()));
  }

  // ---- the client's pace

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
    refused(forwardedFor.connection(), Failure.Client.READ_TOO_SLOW);
    ConnectionEnd.HTTP1.cut(Objects.requireNonNull(context), /* malformed= */ false);
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
      case ConnectionEvent.RETIRE -> retiring = true;
      case ConnectionEvent connectionEvent -> close(ctx);
      case Failure.Client failure when !closing -> {
        closing = true;
        refused(forwardedFor.connection(), failure);
        FullHttpResponse response = LocalReply.of(failure);
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        ConnectionEnd.HTTP1.endAfter(ctx, send(ctx, response), /* requestEnded= */ false);
      }
      default -> ctx.fireUserEventTriggered(event);
    }
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
