package sallyport.front;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ApplicationProtocolNames;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.LimitsConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.front.h1.Http1Pipeline;
import sallyport.front.h1.Http1ServerConnection;
import sallyport.front.h2.Http2Lifecycle;
import sallyport.front.h2.Http2ServerHandler;
import sallyport.front.h2.Http2ServerStream;
import sallyport.front.h2.StreamContext;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.http.forwarded.ForwardedFor;
import sallyport.http.forwarded.ForwardedHeaders;
import sallyport.net.ConnectionEvent;
import sallyport.net.Failure;
import sallyport.net.Peers;
import sallyport.observe.audit.AuditEvent;
import sallyport.proxy.ProxyContext;
import sallyport.proxy.RequestIntake;
import sallyport.tls.engine.FatalAlertGuard;
import sallyport.tls.server.TlsInfo;

/**
 * Handler that waits for an accepted handshake ({@link TlsInfo}). Then it adds the handlers of the
 * protocol that ALPN chose, and removes itself. It passes on a retirement that comes earlier, and a
 * drain as a retirement with the drain behind it: the client had no time for its first request.
 *
 * <p>On the event loop of the connection.
 */
class ProtocolHandler extends ChannelInboundHandlerAdapter {
  private static final int HTTPS_PORT = 443;

  private final ListenerConfig.HttpProxy listener;
  private final ProxyContext context;
  private final Duration drainTimeout;
  private final HstsHandler hsts;

  /** The event that has come already; null for none. */
  private @Nullable ConnectionEvent pending;

  ProtocolHandler(
      ListenerConfig.HttpProxy listener,
      ProxyContext context,
      Duration drainTimeout,
      HstsHandler hsts) {
    this.listener = listener;
    this.context = context;
    this.drainTimeout = drainTimeout;
    this.hsts = hsts;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case ConnectionEvent.DRAIN -> pending = ConnectionEvent.DRAIN;
      case ConnectionEvent.RETIRE -> pending = pending == null ? ConnectionEvent.RETIRE : pending;
      case TlsInfo tls -> {
        ChannelPipeline pipeline = ctx.pipeline();
        FatalAlertGuard.addTo(pipeline);
        if (ApplicationProtocolNames.HTTP_2.equals(tls.alpn())) {
          addHttp2(pipeline, connectionInfo(ctx.channel(), tls));
        } else {
          addHttp1(pipeline, connectionInfo(ctx.channel(), tls));
        }
        pipeline.remove(this);
        if (pending != null) {
          pipeline.fireUserEventTriggered(ConnectionEvent.RETIRE);
        }
        if (pending == ConnectionEvent.DRAIN) {
          ctx.executor()
              .schedule(
                  () -> pipeline.fireUserEventTriggered(ConnectionEvent.DRAIN),
                  ConnectionEvent.LAST_REQUESTS_NANOS,
                  TimeUnit.NANOSECONDS);
        }
      }
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  private ConnectionInfo connectionInfo(Channel channel, TlsInfo tls) {
    Peers peers = Peers.of(channel);
    return new ConnectionInfo(
        listener.name(),
        peers.client(),
        peers.local(),
        port(channel, peers),
        listener.proxies().trusted().contains(peers.client().getAddress()),
        tls.version(),
        tls.cipher(),
        tls.group(),
        tls.serverName(),
        isOfOneHost(listener.tls().clientAuth()),
        tls.proof(),
        new ForwardedFor(peers, listener.proxies().trusted()::contains));
  }

  private static boolean isOfOneHost(ClientAuthConfig clients) {
    return clients.mode() != ClientAuthConfig.Mode.NONE
        && clients.host() == ClientAuthConfig.Host.SERVER_NAME;
  }

  /**
   * Returns the port for requests whose Host names none. Behind an address translation it is not
   * the one that the socket is bound to. An https URI without a port has 443 (RFC 9110 section
   * 4.2.2).
   */
  private int port(Channel channel, Peers peers) {
    if (Peers.areFromProxy(channel)) {
      return peers.local().getPort();
    }
    return listener.publicPort() != 0 ? listener.publicPort() : HTTPS_PORT;
  }

  private ForwardedHeaders forwardedHeaders(ConnectionInfo info) {
    return new ForwardedHeaders(
        info, context.identityFields(), listener.proxies().trusted()::contains);
  }

  private void addHttp1(ChannelPipeline pipeline, ConnectionInfo info) {
    Http1ServerConnection connection =
        Http1Pipeline.add(pipeline, listener, context, info, forwardedHeaders(info), hsts);
    holdCloseNotify(pipeline, connection::isAnswering, /* padded= */ true);
    HalfCloseHandler.addTo(pipeline, listener.limits().halfClosedTimeout(), connection);
  }

  private void addHttp2(ChannelPipeline pipeline, ConnectionInfo info) {
    LimitsConfig limits = listener.limits();
    ForwardedHeaders forwarded = forwardedHeaders(info);
    StreamContext stream =
        new StreamContext(
            context,
            info,
            new RequestIntake(context, info, forwarded),
            limits,
            listener.http().fieldNames(),
            hsts.value(),
            limits.bodyIdleTimeout().toNanos());
    Http2ServerHandler frames =
        Http2ServerHandler.create(
            listener.http2(),
            limits,
            drainTimeout,
            context.memory()::isExhausted,
            new Faults(context, info),
            streams(stream));
    Http2Lifecycle lifecycle =
        new Http2Lifecycle(
            frames,
            limits.keepAliveTimeout().toNanos(),
            limits.bodyIdleTimeout().toNanos(),
            listener.http2().pings(),
            () -> context.metrics().http2Aborted("unresponsive"));
    pipeline.addLast("http2", frames);
    pipeline.addLast("connection", lifecycle);
    frames.widen();
    holdCloseNotify(pipeline, frames::isAnswering, /* padded= */ false);
  }

  /** Returns the factory of HTTP/2 streams. */
  Http2ServerHandler.StreamFactory streams(StreamContext context) {
    return Http2ServerStream.factory(context);
  }

  private static void holdCloseNotify(
      ChannelPipeline pipeline, BooleanSupplier isAnswering, boolean padded) {
    CloseNotifyGate gate = pipeline.get(CloseNotifyGate.class);
    if (gate != null) {
      gate.holdWhile(isAnswering, padded);
    }
  }

  /** Counts and audit lines of a client's violations of HTTP/2 itself. */
  private record Faults(ProxyContext context, ConnectionInfo info)
      implements Http2ServerHandler.Reports {
    @Override
    public void aborted(String reason) {
      context.metrics().http2Aborted(reason);
      context
          .audit()
          .record(
              new AuditEvent.Http2Aborted(
                  info.listener(), info.forwardedFor().connection(), reason));
    }

    @Override
    public void streamError(Failure.Client failure) {
      context.refusals().refused(info.forwardedFor().connection(), failure);
    }
  }
}
