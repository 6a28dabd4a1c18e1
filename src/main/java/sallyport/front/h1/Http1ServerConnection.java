package sallyport.front.h1;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.http.ReceivedVersion;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.http.forwarded.ForwardedHeaders;
import sallyport.net.ConnectionEvent;
import sallyport.net.Connections;
import sallyport.net.Failure;
import sallyport.proxy.Delivery;
import sallyport.proxy.Exchange;
import sallyport.proxy.ProxyContext;
import sallyport.proxy.RequestIntake;
import sallyport.proxy.head.ResponseHead;
import sallyport.proxy.stream.HttpStream;
import sallyport.proxy.stream.PinnedConnections;

/**
 * HTTP/1 connection of a client: takes requests one after the other, gives each to {@link
 * RequestIntake}, and writes the responses. The last handler of its pipeline: it takes {@link
 * HttpRequest} and {@link HttpContent} from the codec and nothing else.
 *
 * <p>Pipelined requests are queued, and while one is queued nothing more is read. After a response
 * that ends the connection, further input is discarded.
 *
 * <p>Every call must run on the event loop of the connection.
 */
public final class Http1ServerConnection extends ChannelInboundHandlerAdapter
    implements HttpStream, Answers {
  private final ProxyContext proxy;
  private final ConnectionInfo connection;
  private final RequestIntake intake;

  /** Null before the first response that the socket does not take at once. */
  private @Nullable Delivery delivery;

  private final PinnedConnections pinned = new PinnedConnections();

  private @Nullable ChannelHandlerContext ctx;
  private @Nullable Exchange current;

  /** Messages that are pipelined behind the current request. */
  private final ArrayDeque<Object> queue = new ArrayDeque<>(2);

  private boolean http10Client;
  private boolean keepAlive;
  private boolean draining;
  private boolean closing;
  private boolean advancing;

  /** Whether the current exchange reads more of its request. */
  private boolean exchangeReads = true;

  private int requests;

  /** Body bytes of all responses so far. */
  private long written;

  /** For one connection. */
  public Http1ServerConnection(
      ProxyContext proxy, ConnectionInfo connection, ForwardedHeaders forwardedHeaders) {
    this.proxy = proxy;
    this.connection = connection;
    this.intake = new RequestIntake(proxy, connection, forwardedHeaders);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
  }

  // ---- requests

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

  /**
   * Returns whether a message waits: for the exchange before it, or until the client reads
   * responses.
   */
  private boolean mustWait(Object message) {
    return message instanceof HttpRequest && (current != null || !isWritable());
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
    keepAlive = HttpUtil.isKeepAlive(request);
    Exchange admitted = intake.take(request, version(), this);
    if (admitted != null) {
      current = admitted;
      exchangeReads = true;
      admitted.start();
    }
  }

  private ReceivedVersion version() {
    return http10Client ? ReceivedVersion.HTTP_1_0 : ReceivedVersion.HTTP_1_1;
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
      // A request may be on its way, or a part of it is here; without one comes IDLE.
      case ConnectionEvent.RETIRE -> draining = true;
      case ConnectionEvent.IDLE -> closeIfIdle();
      case SslCloseCompletionEvent closed -> end();
      case Failure.Client failure -> onClientFailure(failure);
      default -> context.fireUserEventTriggered(event);
    }
  }

  private void drain() {
    draining = true;
    if (current != null) {
      current.goAway();
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
   * Ends a connection whose client sends no more. If the client has ended TLS, the engine has done
   * the same, and nothing more can be written.
   */
  @Override
  public void end() {
    if (current != null) {
      // The backend gets what the same read brought.
      current.flushRequest();
    }
    abandon();
    closeWhenDelivered();
  }

  /** Refuses a client that broke a rule of the connection, such as a timeout. */
  private void onClientFailure(Failure.Client failure) {
    if (closing) {
      return;
    }
    keepAlive = false;
    if (current != null) {
      current.fail(failure);
    } else {
      intake.refuse(failure, version(), this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // A reset or a broken TLS record: nothing more can be sent.
    closing = true;
    context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    abandon();
    context.fireChannelInactive();
  }

  /** Ends the exchange and drops queued requests. */
  private void abandon() {
    closing = true;
    dropQueue();
    Exchange exchange = current;
    current = null;
    if (exchange != null) {
      exchange.onClientClosed();
    }
    pinned.close();
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

  // ---- responses

  @Override
  public EventLoop loop() {
    return channel().eventLoop();
  }

  @Override
  public PinnedConnections pinned() {
    return pinned;
  }

  @Override
  public void writeInterim(HttpResponse response) {
    if (!http10Client) {
      context().writeAndFlush(ResponseHead.interim(response));
    }
  }

  @Override
  public void writeHead(HttpResponse response, HttpMethod method, boolean wholeRequest) {
    boolean framed = Http1Framing.frame(response, method, http10Client);
    persist(response, framed && wholeRequest);
    context().write(response);
  }

  /** Decides whether the connection persists, and sets Connection (RFC 9112 section 9.3). */
  private void persist(HttpResponse response, boolean possible) {
    keepAlive &= possible && !draining && requests < proxy.limits().maxRequestsPerConnection();
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
  public void writeReply(FullHttpResponse response, boolean requestEnded, boolean endsConnection) {
    current = null;
    keepAlive &= !endsConnection;
    persist(response, requestEnded);
    finish(response, requestEnded);
  }

  private void finish(LastHttpContent lastPart, boolean requestEnded) {
    written += lastPart.content().readableBytes();
    // A change of writability within this write must not begin the next exchange.
    boolean nested = advancing;
    advancing = true;
    ChannelFuture lastWrite = context().writeAndFlush(lastPart);
    advancing = nested;
    if (!lastWrite.isDone()) {
      if (delivery == null) {
        delivery = new Delivery(this, proxy, connection);
      }
      delivery.add(lastWrite);
    }
    // A drain that began after the head was written is not announced in it.
    if (keepAlive && !draining && !closing) {
      next();
    } else {
      closing = true;
      dropQueue();
      Connections.closeAfter(context(), lastWrite, requestEnded);
    }
  }

  /**
   * Handles queued messages until one must wait. Called at the end of each exchange. Nested calls
   * return at once, so that many refusals in a row do not deepen the stack.
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

  /** Pauses and resumes reading: the only place that does so before the connection closes. */
  private void updateReading() {
    if (!closing && !advancing) {
      boolean reads = current != null ? exchangeReads : isWritable();
      channel().config().setAutoRead(reads && queue.isEmpty());
    }
  }

  @Override
  public boolean sharesConnection() {
    return false;
  }

  @Override
  public void abort(Abort reason) {
    current = null;
    closing = true;
    // The client must learn that its response had begun: without an octet of it, it could take the
    // connection for a stale one and send the request again (RFC 9112 section 9.3.1).
    context().flush();
    cut();
  }

  @Override
  public void cut() {
    Connections.truncate(context());
  }

  private ChannelHandlerContext context() {
    return Objects.requireNonNull(ctx);
  }

  private Channel channel() {
    return context().channel();
  }
}
