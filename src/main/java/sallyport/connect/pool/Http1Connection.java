package sallyport.connect.pool;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.Leniency;
import sallyport.connect.stream.ConnectListener;
import sallyport.connect.stream.ExclusiveConnection;
import sallyport.connect.stream.ResponseListener;
import sallyport.http.ReceivedVersion;
import sallyport.http.codec.MalformedMessage;
import sallyport.http.codec.h1.ResponseDecoder;
import sallyport.net.Failure;
import sallyport.net.SecureLayer;
import sallyport.net.transport.Deadline;
import sallyport.values.AddressText;

/**
 * HTTP/1.1 connection to an endpoint, and the last handler of its pipeline. It carries one exchange
 * at a time, and then returns to its pool.
 *
 * <p>Every call must run on the connection's event loop.
 */
public final class Http1Connection extends ChannelInboundHandlerAdapter
    implements ExclusiveConnection {
  private enum State {
    /** In the pool: all that arrives was not asked for. */
    IDLE,
    /** A request is on its way and its final response has not begun. */
    AWAITING_HEAD,
    /** A 1xx head came; its empty end is still to come. */
    IN_INTERIM,
    /** The response is coming in. */
    IN_BODY,
    /** The connection is no HTTP any more, until it ends. */
    TUNNEL,
    /** The response is whole; the rest of this read must be empty before the next request. */
    DONE,
    CLOSED
  }

  private final Channel channel;

  /** Whether the backend announces the end of what it sends. */
  private final boolean authenticatedEnd;

  /** Null when the connection serves one exchange and then closes. */
  private final @Nullable ConnectionPool pool;

  private final Lifetime lifetime;
  private final Function<Throwable, Failure.Upstream> classifier;

  private final ResponseDecoder decoder;

  private final Deadline deadline;
  private long timeoutNanos;

  private State state = State.IDLE;
  private @Nullable ResponseListener listener;
  private boolean used;
  private boolean reused;
  private boolean requestEnded;
  private boolean reusable;
  private boolean endsWithClose;
  private boolean closeNotified;

  /** Whether it belongs to one client's connection, so that no pool ever gets it. */
  private boolean held;

  /** Waits for a held connection to become idle. */
  private @Nullable ConnectListener next;

  /**
   * @param authenticatedEnd whether the backend announces the end of what it sends
   * @param pool null when the connection serves one exchange and then closes
   */
  public Http1Connection(
      Channel channel,
      boolean authenticatedEnd,
      @Nullable ConnectionPool pool,
      Lifetime lifetime,
      ResponseDecoder decoder,
      Function<Throwable, Failure.Upstream> classifier) {
    this.channel = channel;
    this.authenticatedEnd = authenticatedEnd;
    this.pool = pool;
    this.lifetime = lifetime;
    this.decoder = decoder;
    this.classifier = classifier;
    this.deadline = new Deadline(channel.eventLoop(), this::onTimeout);
  }

  @Override
  public void begin(ResponseListener forExchange, HttpMethod method, boolean webSocket) {
    assert channel.eventLoop().inEventLoop() && state == State.IDLE;
    decoder.expect(method, webSocket);
    listener = forExchange;
    state = State.AWAITING_HEAD;
    reused = used;
    used = true;
    requestEnded = false;
    reusable = false;
    endsWithClose = false;
    deadline.clear();
  }

  @Override
  public boolean reused() {
    return reused;
  }

  @Override
  public String address() {
    SocketAddress address = channel.remoteAddress();
    return address == null ? "" : AddressText.of(address);
  }

  @Override
  public void write(HttpObject part) {
    if (part instanceof LastHttpContent) {
      requestEnded = true;
    }
    channel.write(part);
    if (state == State.DONE && requestEnded) {
      // The rest of a request that was answered early, on a connection that is held.
      listener = null;
      releaseOrClose();
    } else if (state == State.TUNNEL && requestEnded) {
      // Only the end of the connection says that no more is to come.
      channel.flush();
      SecureLayer security = SecureLayer.of(channel);
      if (security != null) {
        security.endOutbound();
      }
    }
  }

  @Override
  public void flush() {
    channel.flush();
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  @Override
  public void setReading(boolean reading) {
    channel.config().setAutoRead(reading);
  }

  @Override
  public void armTimeout(long nanos) {
    timeoutNanos = nanos;
    deadline.arm(nanos);
  }

  @Override
  public ReceivedVersion version(HttpResponse response) {
    return ReceivedVersion.of(response.protocolVersion());
  }

  @Override
  public ExclusiveConnection exclusive() {
    return this;
  }

  @Override
  public void hold() {
    held = true;
  }

  @Override
  public boolean isUsable() {
    return state != State.CLOSED
        && channel.isActive()
        && !(pool == null ? lifetime.hasExpired() : isOutdated(pool.generation()));
  }

  @Override
  public boolean isIdle() {
    return state == State.IDLE;
  }

  @Override
  public void whenIdle(ConnectListener listener) {
    next = listener;
  }

  @Override
  public void abort() {
    listener = null;
    close();
  }

  /** Closes the connection. */
  void close() {
    if (state == State.IDLE && pool != null) {
      pool.remove(this);
    }
    state = State.CLOSED;
    deadline.close();
    channel.close();
    ConnectListener waiting = next;
    next = null;
    if (waiting != null) {
      waiting.onConnectFailure(Failure.Upstream.CLOSED_BEFORE_RESPONSE);
    }
  }

  /** Returns whether it must not be kept: the pool has moved on, or the identity has expired. */
  boolean isOutdated(int generation) {
    return lifetime.generation() != generation || lifetime.hasExpired();
  }

  ChannelFuture closed() {
    return channel.closeFuture();
  }

  /** Returns the connection to its pool; closes it if it has none. */
  @Override
  public void release() {
    if (held) {
      rest();
      return;
    }
    if (pool == null) {
      close();
      return;
    }
    state = State.IDLE;
    deadline.arm(lifetime.keepNanos());
    channel.config().setAutoRead(true);
    pool.release(this);
  }

  /** Waits for the next exchange of the client that it is held for. */
  private void rest() {
    state = State.IDLE;
    deadline.arm(lifetime.leftNanos());
    channel.config().setAutoRead(true);
    ConnectListener waiting = next;
    next = null;
    if (waiting != null) {
      waiting.onConnected(this);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ResponseListener receiver = state == State.DONE ? null : listener;
    if (receiver == null) {
      // No exchange asked for it, or the exchange has ended: never keep it for the next one.
      ReferenceCountUtil.release(message);
      close();
      return;
    }
    if (((HttpObject) message).decoderResult().isFailure()) {
      Failure fault = MalformedMessage.in((HttpObject) message);
      ReferenceCountUtil.release(message);
      fail(
          Failure.Upstream.BAD_RESPONSE,
          fault instanceof Failure.Response broken ? broken : Failure.Response.BAD_HEADER);
      return;
    }
    if (message instanceof HttpResponse response) {
      onHead(receiver, response);
    }
    if (message instanceof HttpContent content && state != State.CLOSED) {
      onContent(receiver, content);
    }
  }

  private void onHead(ResponseListener receiver, HttpResponse response) {
    if (state != State.AWAITING_HEAD) {
      fail(Failure.Upstream.BAD_RESPONSE, Failure.Response.UNASKED_RESPONSE);
    } else if (response.status().code() == 101) {
      state = State.TUNNEL;
      receiver.onHead(response);
    } else if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
      state = State.IN_INTERIM;
      receiver.onInterim(response);
    } else {
      state = State.IN_BODY;
      reusable = HttpUtil.isKeepAlive(response);
      endsWithClose =
          !response.headers().contains(HttpHeaderNames.CONTENT_LENGTH)
              && !HttpUtil.isTransferEncodingChunked(response);
      receiver.onHead(response);
    }
  }

  private void onContent(ResponseListener receiver, HttpContent content) {
    if (state == State.IN_INTERIM) {
      content.release();
      state = State.AWAITING_HEAD;
    } else if (!(content instanceof LastHttpContent last)) {
      receiver.onContent(content);
    } else if (mayBeCut()) {
      // Without close_notify an end by close may be a cut (RFC 8446 section 6.1).
      last.release();
      fail(Failure.Upstream.CLOSED_DURING_RESPONSE, Failure.Response.NO_CLOSE_NOTIFY);
    } else {
      state = State.DONE;
      if (!held || requestEnded) {
        listener = null;
      }
      deadline.clear();
      receiver.onEnd(last);
    }
  }

  private boolean mayBeCut() {
    return endsWithClose
        && authenticatedEnd
        && !channel.isActive()
        && !closeNotified
        && !decoder.forgives(Leniency.NO_CLOSE_NOTIFY);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (state == State.DONE) {
      // Only now is it certain that nothing followed the response.
      if (!held || requestEnded || !isReusable()) {
        releaseOrClose();
      }
    } else if (listener != null) {
      listener.onReadComplete();
    }
  }

  private boolean isReusable() {
    return reusable && !closeNotified && channel.isActive();
  }

  private void releaseOrClose() {
    if (requestEnded && isReusable()) {
      release();
    } else {
      fail(cut());
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (listener != null && channel.isWritable()) {
      listener.onWritable();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case SslCloseCompletionEvent close when close.isSuccess() -> onCloseNotify();
      default -> {}
    }
  }

  /**
   * Handles close_notify: the backend sends nothing more (RFC 8446 section 6.1), whether or not it
   * closes the socket, and its TLS takes nothing more either: an exchange that waits would wait for
   * its timeout. What came before has been handed over already.
   */
  private void onCloseNotify() {
    closeNotified = true;
    if (state == State.IDLE) {
      close();
    } else {
      // The decoder ends a body that only this ends; for all else it is a cut.
      channel.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(classifier.apply(cause) == Failure.Upstream.TLS_IDENTITY_REFUSED ? refusal() : cut());
  }

  /**
   * Returns the failure of a connection that ended early: under TLS 1.3 a backend's verdict on the
   * gateway's certificate arrives after the handshake.
   */
  private Failure.Upstream refusal() {
    return reused || state != State.AWAITING_HEAD ? cut() : Failure.Upstream.TLS_IDENTITY_REFUSED;
  }

  private Failure.Upstream cut() {
    return state == State.IN_BODY || state == State.TUNNEL
        ? Failure.Upstream.CLOSED_DURING_RESPONSE
        : Failure.Upstream.CLOSED_BEFORE_RESPONSE;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(cut());
  }

  private void onTimeout() {
    if (state == State.IDLE) {
      close();
    } else if (listener != null && !listener.awaitsBackend()) {
      deadline.arm(timeoutNanos);
    } else if (listener == null || listener.givesUp()) {
      fail(
          state == State.IN_BODY || state == State.TUNNEL
              ? Failure.Upstream.STREAM_TIMEOUT
              : Failure.Upstream.RESPONSE_TIMEOUT);
    }
  }

  private void fail(Failure.Upstream failure) {
    fail(failure, null);
  }

  private void fail(Failure.Upstream failure, Failure.@Nullable Response fault) {
    ResponseListener receiver = listener;
    listener = null;
    close();
    if (receiver != null) {
      receiver.onFailure(failure, fault);
    }
  }
}
