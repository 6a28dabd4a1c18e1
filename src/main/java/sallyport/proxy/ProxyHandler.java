package sallyport.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.connect.ConnectionNeeds;
import sallyport.connect.UpstreamClient;
import sallyport.http.Authority;
import sallyport.http.ConnectionAuthentication;
import sallyport.http.ConnectionEnd;
import sallyport.http.ConnectionInfo;
import sallyport.http.ForwardedHeaders;
import sallyport.http.HopByHop;
import sallyport.http.LocalReply;
import sallyport.http.MaxForwards;
import sallyport.http.RequestId;
import sallyport.http.RequestRules;
import sallyport.http.RequestTarget;
import sallyport.http.RequestedHost;
import sallyport.http.WebSocketHandshake;
import sallyport.http.codec.MalformedMessage;
import sallyport.net.ClientIdentity;
import sallyport.net.ConnectionEvent;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.route.RouteMatch;

/**
 * Takes the requests of an HTTP/1 connection, one after the other, or the one request of an HTTP/2
 * stream; refuses those that are not sound, finds their route, and runs them as an {@link
 * Exchange}.
 *
 * <p>Takes {@link HttpRequest} and {@link HttpContent} from the codec and nothing else; the last
 * handler of its pipeline. Pipelined requests wait their turn, and while one waits nothing more is
 * read. After a response that ends the connection, what still comes in is thrown away.
 */
public final class ProxyHandler extends ChannelInboundHandlerAdapter
    implements ClientSide, Answers {
  private final ProxyContext forwarding;
  private final ConnectionInfo facts;
  private final ForwardedHeaders forwardedHeaders;
  private final ConnectionEnd end;

  /** Null until a response waits for its client. */
  private @Nullable Delivery delivery;

  /** Null until there is one. */
  private @Nullable PinnedConnections pinned;

  private @Nullable ChannelHandlerContext ctx;
  private @Nullable Exchange current;

  /** What was pipelined behind the current request. */
  private final ArrayDeque<Object> queue = new ArrayDeque<>(2);

  private boolean http10Client;
  private boolean keepAlive;
  private boolean draining;
  private boolean closing;
  private boolean advancing;

  /** Whether the current exchange takes more of its request. */
  private boolean exchangeReads = true;

  private int requests;

  /** Body bytes of all responses so far. */
  private long written;

  /**
   * @param forwardedHeaders of the client connection: HTTP/2 streams share it
   * @param end how a response ends a connection or a stream
   */
  public ProxyHandler(
      ProxyContext forwarding,
      ConnectionInfo facts,
      ForwardedHeaders forwardedHeaders,
      ConnectionEnd end) {
    this.forwarding = forwarding;
    this.facts = facts;
    this.forwardedHeaders = forwardedHeaders;
    this.end = end;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
  }

  // ---- what comes in

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (closing) {
      ReferenceCountUtil.release(message);
    } else if (!queue.isEmpty() || mustWait(message)) {
      queue.add(message);
      updateReading();
    } else {
      handle(message);
    }
  }

  /** A request waits for the exchange before it, and while the client leaves its answers lying. */
  private boolean mustWait(Object message) {
    return message instanceof HttpRequest && (current != null || !takesAnswers());
  }

  /** Whether another answer may be written. A stream has but one. */
  private boolean takesAnswers() {
    return !end.persistent() || isWritable();
  }

  private void handle(Object message) {
    if (message instanceof HttpRequest request) {
      begin(request);
    }
    if (message instanceof HttpContent content) {
      if (current != null) {
        current.onRequestContent(content);
      } else {
        content.release();
      }
    }
  }

  private void begin(HttpRequest request) {
    requests++;
    http10Client = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    keepAlive = end.persistent() && HttpUtil.isKeepAlive(request);
    // Where the request line was not understood, there is no target and no method.
    String method = request.uri().isEmpty() ? "" : request.method().name();
    ExchangeLog exchange =
        new ExchangeLog(
            facts.listener(), facts.forwardedFor().client(request.headers()), protocol(), method);
    exchange.tlsVersion = facts.tlsVersion();
    exchange.tlsCipher = facts.tlsCipher();
    exchange.tlsGroup = facts.tlsGroup();
    ClientIdentity identity = facts.proof().identity();
    if (identity != null) {
      exchange.clientCertificate = identity.fingerprint();
      exchange.clientSubject = identity.subject();
    }
    exchange.requestId = RequestId.of(request.headers(), facts.trustedProxy());
    Failure malformed = MalformedMessage.in(request);
    if (malformed != null) {
      onMalformed(exchange, malformed);
      return;
    }
    Failure refusal = RequestRules.check(request, forwarding.rules().allowTrace());
    if (refusal != null) {
      refuse(exchange, refusal, /* bodyless= */ false);
      return;
    }
    // What comes behind a request to change to WebSocket may be meant for that, and nobody can
    // tell: without a 101 the connection ends.
    boolean bodyless =
        !RequestRules.announcesBody(request) && !WebSocketHandshake.isRequest(request);
    RequestTarget parsed = RequestRules.target(request);
    if (parsed == null) {
      refuse(exchange, Failure.Client.BAD_URI, bodyless);
      return;
    }
    RequestedHost host =
        RequestRules.host(request, parsed, Authority.HTTPS_PORT, facts.serverName());
    RequestTarget target = forwarding.canonical(parsed, host == null ? null : host.name());
    if (target == null) {
      refuse(exchange, Failure.Client.AMBIGUOUS_URI, bodyless);
      return;
    }
    exchange.path = target.rawPath();
    exchange.query = target.query();
    if (host == null) {
      refuse(exchange, Failure.Client.BAD_HOST, bodyless);
      return;
    }
    route(request, target, host, exchange, bodyless);
  }

  private void route(
      HttpRequest request,
      RequestTarget target,
      RequestedHost host,
      ExchangeLog exchange,
      boolean bodyless) {
    exchange.host = host.text();
    if (forwarding.unaudited().getAsBoolean()) {
      keepAlive = false;
      refuse(exchange, Failure.Gateway.AUDIT_LOG_UNWRITABLE, bodyless);
      return;
    }
    if (isForAnotherName(host)) {
      refuse(exchange, Failure.Client.MISDIRECTED, bodyless);
      return;
    }
    Failure refusal = forwarding.refusal(exchange, facts.proof(), null);
    if (refusal != null) {
      refuse(exchange, refusal, bodyless);
      return;
    }
    if (forwarding.memory().isExhausted()) {
      keepAlive = false;
      refuse(exchange, Failure.Gateway.OUT_OF_MEMORY, bodyless);
      return;
    }
    RouteMatch match = forwarding.match(host.name(), target);
    if (match == null) {
      refuse(exchange, Failure.Gateway.NO_ROUTE, bodyless);
      return;
    }
    exchange.route = match.route().name();
    if (forwarding.evades(exchange, match, target)) {
      keepAlive = false;
      answer(exchange, Failure.Client.AMBIGUOUS_ROUTE, bodyless);
      return;
    }
    RouteTarget to = forwarding.target(match);
    refusal = forwarding.refusal(exchange, facts.proof(), to.route());
    if (refusal != null) {
      refuse(exchange, refusal, bodyless);
      return;
    }
    if (MaxForwards.isSpent(request)) {
      answerAsLast(request, to, exchange, bodyless);
      return;
    }
    exchange.backend = to.route().backend();
    boolean authenticates = ConnectionAuthentication.isUsedBy(request.headers());
    if (authenticates && end.isHttp2()) {
      sendBackToHttp1(exchange);
      return;
    }
    boolean webSocket = WebSocketHandshake.isRequest(request);
    if (webSocket && !to.route().webSocket()) {
      refuse(exchange, Failure.Client.UPGRADE_NOT_SUPPORTED, /* bodyless= */ false);
      return;
    }
    long announced = HttpUtil.getContentLength(request, -1L);
    HttpRequest head =
        RequestHead.forBackend(
            request, target, host.text(), to, forwardedHeaders, exchange, end.isHttp2(), webSocket);
    Exchange started =
        new Exchange(
            this,
            forwarding,
            to,
            exchange,
            head,
            bodyless,
            new ConnectionNeeds(
                webSocket, facts.client(), facts.local(), authenticates || isPinned(to.client())));
    current = started;
    exchangeReads = true;
    if (announced > to.maxBody(forwarding.limits().maxBodyBytes())) {
      started.rejectUnsent(Failure.Client.BODY_TOO_LARGE);
    } else {
      started.start();
    }
  }

  /**
   * Whether the client's certificate was asked for under another name than the request's (RFC 9110
   * section 15.5.20). A handshake without a name was for none in particular: what is demanded of
   * the certificate is the listener's, the same for each name.
   */
  private boolean isForAnotherName(RequestedHost host) {
    String serverName = facts.serverName();
    return facts.clientAuth() && serverName != null && !host.isServerName(serverName);
  }

  /** Whether this client connection has, or is to have, a connection of its own to the backend. */
  private boolean isPinned(UpstreamClient backend) {
    return backend.pinsAlways() || (pinned != null && pinned.get(backend) != null);
  }

  /** What authenticates a connection must not come over one that others share. */
  private void sendBackToHttp1(ExchangeLog exchange) {
    account(exchange, Failure.Client.HTTP_1_1_REQUIRED, 0);
    closing = true;
    context().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.HTTP_1_1_REQUIRED));
  }

  private String protocol() {
    if (end.isHttp2()) {
      return "HTTP/2";
    }
    return http10Client ? "HTTP/1.0" : "HTTP/1.1";
  }

  /** A malformed HTTP/2 request is a stream error, not a conversation (RFC 9113 section 8.1.1). */
  private void onMalformed(ExchangeLog exchange, Failure failure) {
    if (end.isHttp2() && failure.status() == 400) {
      count(exchange, failure);
      account(exchange, failure, 0);
      abort(/* malformed= */ true);
    } else {
      refuse(exchange, failure, /* bodyless= */ false);
    }
  }

  /** Answers a request that no route will see. */
  private void refuse(ExchangeLog exchange, Failure failure, boolean bodyless) {
    count(exchange, failure);
    answer(exchange, failure, bodyless);
  }

  private void answer(ExchangeLog exchange, Failure failure, boolean bodyless) {
    FullHttpResponse reply = LocalReply.of(failure);
    reply.headers().set(RequestId.FIELD, exchange.requestId);
    account(exchange, failure, reply.content().readableBytes());
    reply(reply, bodyless);
  }

  /** The request may not be passed on, and no backend sees it. */
  private void answerAsLast(
      HttpRequest request, RouteTarget to, ExchangeLog exchange, boolean bodyless) {
    FullHttpResponse reply =
        LocalReply.ofLast(request, forwarding.rules().allowTrace(), forwarding.identityFields());
    to.securityHeaders().forEach(reply.headers()::set);
    reply.headers().set(RequestId.FIELD, exchange.requestId);
    exchange.status = reply.status().code();
    account(exchange, reply.content().readableBytes());
    reply(reply, bodyless);
  }

  private void count(ExchangeLog exchange, Failure failure) {
    if (failure instanceof Failure.Client client) {
      forwarding.refused(exchange, client);
      // Where the head was not understood, what follows cannot be either (RFC 9112 section 11.2).
      keepAlive = false;
    }
  }

  private void account(ExchangeLog exchange, Failure failure, int bytes) {
    exchange.status = failure.status();
    exchange.failure = failure;
    account(exchange, bytes);
  }

  private void account(ExchangeLog exchange, int bytes) {
    exchange.responseBytes = bytes;
    exchange.endNanos = System.nanoTime();
    forwarding.unrouted().exchangeStarted();
    forwarding.finished(exchange, forwarding.unrouted());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (current != null) {
      current.flushRequest();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (current == null) {
      next();
    } else if (channel().isWritable()) {
      current.onClientWritable();
    }
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    switch (event) {
      case ConnectionEvent.DRAIN -> drain();
      // What it waits for is a request that may be on its way; then it is idle.
      case ConnectionEvent.RETIRE -> draining = true;
      case ConnectionEvent.IDLE -> closeIfIdle();
      case SslCloseCompletionEvent closed -> end();
      case Failure.Client failure -> onClientFailure(failure);
      default -> context.fireUserEventTriggered(event);
    }
  }

  private void drain() {
    draining = true;
    if (end.persistent()) {
      closeIfIdle();
    }
  }

  private void closeIfIdle() {
    if (current == null && queue.isEmpty() && !closing) {
      closing = true;
      closeWhenDelivered();
    }
  }

  private void closeWhenDelivered() {
    ChannelFuture lastWrite = delivery == null ? null : delivery.pending();
    if (lastWrite != null) {
      lastWrite.addListener(ChannelFutureListener.CLOSE);
    } else {
      context().close();
    }
  }

  /**
   * Gives up what is not answered, and closes once the client has its answers: it sends no more.
   * Where it has ended TLS, the engine has done the same, and nothing more can be written.
   */
  @Override
  public void end() {
    if (current != null) {
      // What came in the same read is on its way to the backend first.
      current.flushRequest();
    }
    abandon();
    closeWhenDelivered();
  }

  /** A rule of the connection was broken: too slow, mostly. */
  private void onClientFailure(Failure.Client failure) {
    if (closing) {
      return;
    }
    keepAlive = false;
    if (current != null) {
      current.fail(failure);
    } else {
      ExchangeLog exchange =
          new ExchangeLog(facts.listener(), facts.forwardedFor().connection(), protocol(), "");
      exchange.requestId = RequestId.random();
      refuse(exchange, failure, /* bodyless= */ false);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // A reset, a broken record, an h2 stream error: nothing more can be said to this client.
    closing = true;
    if (cause instanceof Http2Exception streamError) {
      // The codec has counted it.
      Exchange exchange = current;
      current = null;
      if (exchange != null) {
        exchange.onStreamError();
      }
      context.writeAndFlush(new DefaultHttp2ResetFrame(streamError.error()));
    } else {
      context.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    abandon();
    context.fireChannelInactive();
  }

  /** The client takes no more and sends no more. */
  private void abandon() {
    closing = true;
    dropQueue();
    Exchange exchange = current;
    current = null;
    if (exchange != null) {
      exchange.onClientClosed();
    }
    if (pinned != null) {
      pinned.close();
    }
  }

  private void dropQueue() {
    queue.forEach(ReferenceCountUtil::release);
    queue.clear();
  }

  @Override
  public boolean isAnswering() {
    return current != null ? current.requestEnded() : !queue.isEmpty();
  }

  @Override
  public boolean isDelivering() {
    return delivery != null && delivery.pending() != null;
  }

  // ---- what goes out

  @Override
  public EventLoop loop() {
    return channel().eventLoop();
  }

  @Override
  public PinnedConnections pinned() {
    PinnedConnections connections = pinned;
    if (connections == null) {
      connections = new PinnedConnections();
      pinned = connections;
    }
    return connections;
  }

  @Override
  public void writeInterim(HttpResponse response) {
    if (!http10Client) {
      DefaultFullHttpResponse interim =
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, response.status());
      interim.headers().set(response.headers());
      HopByHop.strip(interim.headers());
      context().writeAndFlush(interim);
    }
  }

  @Override
  public void writeHead(HttpResponse response) {
    Exchange exchange = current;
    if (exchange == null) {
      return;
    }
    boolean framed = ResponseHead.frame(response, exchange.method(), http10Client, end.isHttp2());
    persist(response, framed && exchange.takesWholeRequest());
    context().write(response);
  }

  /** Decides whether the connection lives on, and says so in the head (RFC 9112 section 9.3). */
  private void persist(HttpResponse response, boolean possible) {
    if (end.isHttp2()) {
      return;
    }
    keepAlive &= possible && !draining && requests < forwarding.limits().maxRequestsPerConnection();
    if (ResponseHead.isSwitch(response)) {
      keepAlive = false;
    } else if (!keepAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (http10Client) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
  }

  @Override
  public void writeContent(HttpContent content) {
    written += content.content().readableBytes();
    context().write(content);
  }

  @Override
  public void writeEnd(LastHttpContent last) {
    Exchange exchange = current;
    current = null;
    finish(last, exchange == null || exchange.requestEnded());
  }

  @Override
  public void writeReply(FullHttpResponse response) {
    Exchange exchange = current;
    current = null;
    reply(response, exchange == null || exchange.requestEnded());
  }

  private void reply(FullHttpResponse response, boolean requestEnded) {
    persist(response, requestEnded);
    finish(response, requestEnded);
  }

  private void finish(LastHttpContent lastPart, boolean requestEnded) {
    written += lastPart.content().readableBytes();
    // What the socket takes of it meanwhile must not begin the next exchange.
    boolean nested = advancing;
    advancing = true;
    ChannelFuture lastWrite = context().writeAndFlush(lastPart);
    advancing = nested;
    if (!lastWrite.isDone()) {
      if (delivery == null) {
        delivery = new Delivery(this, forwarding, facts);
      }
      delivery.add(lastWrite);
    }
    // A drain that began after the head was written could not say so there: closing says it.
    if (keepAlive && !draining && !closing) {
      next();
    } else {
      closing = true;
      dropQueue();
      end.endAfter(context(), lastWrite, requestEnded);
    }
  }

  /**
   * Handles what was pipelined, as far as one exchange goes and the client takes its answers. The
   * end of each exchange comes here; nested calls return at once, so that many refusals in a row do
   * not deepen the stack.
   */
  private void next() {
    if (advancing) {
      return;
    }
    advancing = true;
    try {
      while (!queue.isEmpty() && !closing && !mustWait(queue.peek())) {
        handle(queue.poll());
      }
    } finally {
      advancing = false;
    }
    updateReading();
    if (current != null) {
      current.flushRequest();
    }
  }

  @Override
  public void flush() {
    context().flush();
  }

  @Override
  public boolean isWritable() {
    return channel().isWritable();
  }

  @Override
  public long deliveredBytes() {
    return written - pendingBytes();
  }

  @Override
  public boolean hasBacklog() {
    return pendingBytes() > 0;
  }

  /** The outbound buffer knows, but a stream of HTTP/2 does not show its own. */
  private long pendingBytes() {
    Channel channel = channel();
    return channel.isWritable()
        ? channel.config().getWriteBufferHighWaterMark() - channel.bytesBeforeUnwritable() + 1
        : channel.config().getWriteBufferLowWaterMark() + channel.bytesBeforeWritable() - 1;
  }

  @Override
  public boolean isReading() {
    return channel().config().isAutoRead();
  }

  @Override
  public void setReading(boolean reading) {
    exchangeReads = reading;
    updateReading();
  }

  /** Pauses and resumes reading; nothing else does, until the connection is closing. */
  private void updateReading() {
    if (!closing && !advancing) {
      boolean wanted = current != null ? exchangeReads : takesAnswers();
      channel().config().setAutoRead(wanted && queue.isEmpty());
    }
  }

  @Override
  public boolean isHttp2() {
    return end.isHttp2();
  }

  @Override
  public void abort(boolean malformed) {
    current = null;
    closing = true;
    end.cut(context(), malformed);
  }

  @Override
  public void cut() {
    end.cut(context(), /* malformed= */ false);
  }

  private ChannelHandlerContext context() {
    return Objects.requireNonNull(ctx);
  }

  private Channel channel() {
    return context().channel();
  }
}
