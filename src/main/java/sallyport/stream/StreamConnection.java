package sallyport.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Outcome;
import sallyport.cluster.Pick;
import sallyport.connect.StreamTransport;
import sallyport.connect.security.Established;
import sallyport.net.ClientIdentity;
import sallyport.net.ConnectionEvent;
import sallyport.net.Connections;
import sallyport.net.Failure;
import sallyport.net.Peers;
import sallyport.net.SecureLayer;
import sallyport.net.TlsFacts;
import sallyport.observe.access.StreamLog;
import sallyport.observe.metrics.stream.StreamMetrics;
import sallyport.tls.engine.CloseReplyGate;
import sallyport.tls.engine.FatalAlertGuard;
import sallyport.tls.server.TlsInfo;

/**
 * Handler of one client's connection that waits for an accepted handshake ({@link TlsInfo}), or for
 * {@link #begin} without TLS of the gateway, finds an endpoint, and begins the relay to it. It
 * reads nothing of the client until then.
 *
 * <p>On the event loop of the connection.
 */
public final class StreamConnection extends ChannelInboundHandlerAdapter
    implements EndpointSearch.Listener {
  private final StreamContext context;
  private final StreamSession session;

  /** What came with the end of the handshake. */
  private final List<Object> held = new ArrayList<>(1);

  private @Nullable ChannelHandlerContext ctx;
  private @Nullable StreamLog log;
  private @Nullable StreamMetrics metrics;
  private @Nullable StreamTarget target;
  private @Nullable EndpointSearch search;

  /** What a client that speaks first has said so far; null before, and for others. */
  private @Nullable ByteBuf first;

  /** When the first octets must have come; null where none are waited for. */
  private @Nullable Future<?> firstTimer;

  private boolean clientEnded;
  private boolean draining;

  /** Creates the handler of one connection. */
  public StreamConnection(StreamContext context) {
    this.context = context;
    this.session = context.protocol().session();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    ctx = added;
  }

  // ---- the client

  @Override
  public void userEventTriggered(ChannelHandlerContext unused, Object event) {
    switch (event) {
      case TlsInfo tls -> onHandshake(tls);
      case ConnectionEvent.DRAIN -> draining = true;
      case ConnectionEvent later -> {}
      case SslCloseCompletionEvent close -> clientEnded |= close.isSuccess();
      case ChannelInputShutdownEvent fin -> {
        if (SecureLayer.of(channel()) == null) {
          clientEnded = true;
        } else if (!clientEnded) {
          Connections.cut(channel());
        }
      }
      default -> unused.fireUserEventTriggered(event);
    }
  }

  private void onHandshake(TlsInfo tls) {
    if (tls.proof().refusal() != null) {
      // The configuration has seen to it; this is the second lock.
      Connections.cut(channel());
      return;
    }
    FatalAlertGuard.addTo(channel().pipeline());
    CloseReplyGate.addTo(channel().pipeline());
    begin(StreamClient.of(tls));
  }

  /**
   * Begins the stream. After a handshake the handler does so itself.
   *
   * <p>On the event loop of the connection, which has this handler.
   */
  public void begin(StreamClient client) {
    Channel channel = channel();
    StreamTarget chosen = context.target(client.serverName());
    if (chosen == null) {
      // So has the ClientHello to this.
      Connections.cut(channel);
      return;
    }
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    target = chosen;
    metrics = chosen.metrics();
    chosen.metrics().begun();
    StreamLog begun = new StreamLog(context.listener(), Peers.client(channel));
    log = begun;
    describe(begun, client, chosen.backend());
    if (context.unaudited().getAsBoolean()) {
      onNotFound(Failure.Gateway.AUDIT_LOG_UNWRITABLE);
      return;
    }
    if (session.beginsWithClient()) {
      firstTimer =
          channel.eventLoop().schedule(this::onSilent, context.firstNanos(), TimeUnit.NANOSECONDS);
    } else {
      search();
    }
  }

  private void search() {
    Channel channel = channel();
    channel.config().setAutoRead(false);
    search =
        new EndpointSearch(
            channel.eventLoop(),
            Objects.requireNonNull(target).transport(),
            Peers.of(channel),
            Objects.requireNonNull(log),
            this);
    search.next();
  }

  private static void describe(StreamLog log, StreamClient client, String backend) {
    log.backend = backend;
    log.host = Objects.requireNonNullElse(client.serverName(), "");
    log.tlsVersion = client.tls().version();
    log.tlsCipher = client.tls().cipher();
    log.tlsGroup = client.tls().group();
    log.tlsOffered = client.offered();
    ClientIdentity identity = client.identity();
    if (identity != null) {
      log.clientCertificate = identity.fingerprint();
      log.clientSubject = identity.subject();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext unused, Object message) {
    StreamLog begun = log;
    if (begun != null && begun.end != null) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (begun != null && search == null && message instanceof ByteBuf octets) {
      onFirst(unused, octets);
      return;
    }
    // The gate of the handshake may have turned reading on again.
    channel().config().setAutoRead(false);
    held.add(message);
  }

  private void onFirst(ChannelHandlerContext unused, ByteBuf octets) {
    ByteBuf all =
        first == null
            ? octets
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(unused.alloc(), first, octets);
    first = all;
    switch (session.begin(channel(), all)) {
      case StreamSession.Beginning.More more -> {
        // Until then it cannot be told.
      }
      case StreamSession.Beginning.Open open -> {
        begun();
        held.add(all);
        first = null;
        search();
      }
      case StreamSession.Beginning.Refused(ByteBuf lastWords) -> {
        begun();
        end(StreamEnd.REFUSED, /* failure= */ null);
        channel().writeAndFlush(lastWords).addListener(ChannelFutureListener.CLOSE);
      }
      case StreamSession.Beginning.Served(Future<?> until) -> {
        begun();
        end(StreamEnd.SERVED, /* failure= */ null);
        until.addListener(done -> channel().close());
      }
    }
  }

  private void begun() {
    Objects.requireNonNull(firstTimer).cancel(false);
  }

  private void onSilent() {
    end(StreamEnd.IDLE, /* failure= */ null);
    Connections.cut(channel());
  }

  @Override
  public void channelInactive(ChannelHandlerContext unused) {
    StreamLog begun = log;
    if (begun != null && begun.end == null && !isComplete()) {
      if (search != null) {
        search.cancel();
      }
      end(draining ? StreamEnd.DRAINED : StreamEnd.CLIENT_ABORTED, null);
    }
    unused.fireChannelInactive();
  }

  /** Whether the client has sent all of its data, and ended: the endpoint gets it all the same. */
  private boolean isComplete() {
    return clientEnded && !held.isEmpty();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext unused, Throwable cause) {
    Connections.cut(channel());
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext unused) {
    if (log == null || log.end != null || !isComplete()) {
      discard();
    }
  }

  private void discard() {
    held.forEach(ReferenceCountUtil::release);
    held.clear();
    ReferenceCountUtil.release(first);
    first = null;
    if (firstTimer != null) {
      firstTimer.cancel(false);
    }
  }

  // ---- the endpoint

  @Override
  public void onNotFound(Failure failure) {
    end(StreamEnd.NOT_CONNECTED, failure);
    discard();
    ByteBuf lastWords = session.notConnected();
    if (lastWords != null) {
      channel().writeAndFlush(lastWords).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    // Without close_notify: the client must not take this for the end of an answer.
    Connections.truncate(Objects.requireNonNull(ctx));
  }

  @Override
  public void onFound(Established connection, Pick.Picked picked) {
    StreamLog open = Objects.requireNonNull(log);
    StreamMetrics meters = Objects.requireNonNull(metrics);
    open.connectedNanos = System.nanoTime();
    SecureLayer security = SecureLayer.of(connection.channel());
    TlsFacts facts = security == null ? TlsFacts.NONE : security.facts();
    open.upstreamTlsVersion = facts.version();
    open.upstreamTlsCipher = facts.cipher();
    open.upstreamTlsGroup = facts.group();
    StreamRelay relay =
        new StreamRelay(
            channel(),
            connection.channel(),
            context.idleNanos(),
            session,
            bytes -> {
              open.bytesIn += bytes;
              meters.received(bytes);
            },
            bytes -> {
              if (open.bytesOut == 0) {
                picked.completion().headReceived();
              }
              open.bytesOut += bytes;
              meters.sent(bytes);
            },
            (how, cause) -> onEnd(how, cause, picked));
    session.opened(channel(), picked.endpoint(), Objects.requireNonNull(target).transport());
    List<Object> early = List.copyOf(held);
    held.clear();
    relay.start(early, clientEnded);
    if (channel().isActive()) {
      channel().pipeline().remove(this);
    }
    if (draining) {
      relay.drain();
    }
  }

  private void onEnd(StreamEnd how, @Nullable Throwable cause, Pick.Picked picked) {
    StreamLog open = Objects.requireNonNull(log);
    StreamTarget chosen = Objects.requireNonNull(target);
    session.closed();
    Failure.Upstream failure = null;
    if (how == StreamEnd.BACKEND_ABORTED) {
      failure = cut(open, cause, chosen.transport());
      chosen.transport().exchangeFailed(picked.endpoint(), failure, /* fault= */ null);
    }
    long nanos = System.nanoTime() - open.connectedNanos;
    picked
        .completion()
        .done(
            failure != null
                ? new Outcome.Failed(failure)
                : open.bytesOut > 0 || how == StreamEnd.BACKEND_CLOSED
                    ? new Outcome.Answered(0, nanos)
                    : new Outcome.Cancelled());
    end(how, failure);
  }

  /**
   * Returns the failure of a connection that ended early: under TLS 1.3 a backend's verdict on the
   * gateway's certificate arrives after the handshake.
   */
  private static Failure.Upstream cut(
      StreamLog open, @Nullable Throwable cause, StreamTransport transport) {
    if (open.bytesOut > 0) {
      return Failure.Upstream.CLOSED_DURING_RESPONSE;
    }
    return cause != null && transport.classify(cause) == Failure.Upstream.TLS_IDENTITY_REFUSED
        ? Failure.Upstream.TLS_IDENTITY_REFUSED
        : Failure.Upstream.CLOSED_BEFORE_RESPONSE;
  }

  /** Counts and logs the end. */
  private void end(StreamEnd how, @Nullable Failure failure) {
    StreamLog ended = Objects.requireNonNull(log);
    if (ended.end != null) {
      return;
    }
    ended.end = how;
    ended.failure = failure;
    ended.endNanos = System.nanoTime();
    Objects.requireNonNull(metrics).ended(how.flag(), ended.endNanos - ended.startNanos);
    context.accessLog().record(ended);
  }

  private Channel channel() {
    return Objects.requireNonNull(ctx).channel();
  }
}
