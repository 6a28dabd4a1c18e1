package sallyport.front;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ApplicationProtocolNames;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.LimitsConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.front.h1.Http1ServerConnection;
import sallyport.front.h1.RequestTimeouts;
import sallyport.front.h2.Http2Lifecycle;
import sallyport.front.h2.Http2ServerHandler;
import sallyport.front.h2.Http2ServerStream;
import sallyport.front.h2.StreamContext;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.h1.Http1ServerCodec;
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
 * Waits for the handshake to be approved ({@link TlsInfo}), then builds the rest of the pipeline
 * for the protocol that ALPN chose and goes. A connection that is told to drain or to retire
 * meanwhile passes that on when it can.
 */
class ProtocolHandler extends ChannelInboundHandlerAdapter {
  private static final int HTTPS_PORT = 443;

  private final ListenerConfig.Tls listener;
  private final ProxyContext forwarding;
  private final Duration drainTimeout;
  private final HstsHandler hsts;
  private @Nullable ConnectionEvent told;

  ProtocolHandler(
      ListenerConfig.Tls listener,
      ProxyContext forwarding,
      Duration drainTimeout,
      HstsHandler hsts) {
    this.listener = listener;
    this.forwarding = forwarding;
    this.drainTimeout = drainTimeout;
    this.hsts = hsts;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case ConnectionEvent.DRAIN -> told = ConnectionEvent.DRAIN;
      case ConnectionEvent.RETIRE -> told = told == null ? ConnectionEvent.RETIRE : told;
      case TlsInfo tls -> {
        ChannelPipeline pipeline = ctx.pipeline();
        FatalAlertGuard.addTo(pipeline);
        if (ApplicationProtocolNames.HTTP_2.equals(tls.alpn())) {
          addHttp2(pipeline, facts(ctx.channel(), tls));
        } else {
          addHttp1(pipeline, facts(ctx.channel(), tls));
        }
        pipeline.remove(this);
        if (told != null) {
          pipeline.fireUserEventTriggered(told);
        }
      }
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  private ConnectionInfo facts(Channel channel, TlsInfo tls) {
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
        listener.tls().clientAuth().mode() != ClientAuthConfig.Mode.NONE,
        tls.proof(),
        new ForwardedFor(peers, listener.proxies().trusted()::contains));
  }

  /**
   * The port of clients that name none in Host. Behind an address translation it is not the one
   * that the socket is bound to; in an https URI without a port it is 443.
   */
  private int port(Channel channel, Peers peers) {
    if (Peers.areTold(channel)) {
      return peers.local().getPort();
    }
    return listener.publicPort() != 0 ? listener.publicPort() : HTTPS_PORT;
  }

  private ForwardedHeaders forwardedHeaders(ConnectionInfo facts) {
    return new ForwardedHeaders(
        facts, forwarding.identityFields(), listener.proxies().trusted()::contains);
  }

  private void addHttp1(ChannelPipeline pipeline, ConnectionInfo facts) {
    LimitsConfig limits = listener.limits();
    RequestTimeouts timeouts = RequestTimeouts.forConnection(limits);
    pipeline.addLast("wire", timeouts.wire());
    pipeline.addLast(
        "http", new Http1ServerCodec(HttpLimits.of(limits), listener.http().fieldNames()));
    pipeline.addLast("timeouts", timeouts);
    pipeline.addLast("hsts", hsts);
    Http1ServerConnection proxy =
        new Http1ServerConnection(forwarding, facts, forwardedHeaders(facts));
    pipeline.addLast("proxy", proxy);
    holdCloseNotify(pipeline, proxy::isAnswering, /* padded= */ true);
    HalfCloseHandler.addTo(pipeline, limits.halfClosedTimeout(), proxy);
  }

  private void addHttp2(ChannelPipeline pipeline, ConnectionInfo facts) {
    LimitsConfig limits = listener.limits();
    ForwardedHeaders forwarded = forwardedHeaders(facts);
    StreamContext context =
        new StreamContext(
            forwarding,
            facts,
            new RequestIntake(forwarding, facts, forwarded),
            limits,
            listener.http().fieldNames(),
            hsts.value(),
            limits.bodyIdleTimeout().toNanos());
    Http2ServerHandler frames =
        Http2ServerHandler.create(
            listener.http2(),
            limits,
            drainTimeout,
            listener.hsts().headerValue(),
            forwarding.memory()::isExhausted,
            new Faults(forwarding, facts),
            streams(context));
    Http2Lifecycle lifecycle =
        new Http2Lifecycle(
            frames,
            limits.keepAliveTimeout().toNanos(),
            limits.bodyIdleTimeout().toNanos(),
            listener.http2().pings(),
            () -> forwarding.metrics().http2Aborted("unresponsive"));
    pipeline.addLast("http2", frames);
    pipeline.addLast("connection", lifecycle);
    frames.widen();
    holdCloseNotify(pipeline, frames::isAnswering, /* padded= */ false);
  }

  /** Makes the objects of streams. */
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

  /** Counts and audits what a client did wrong with HTTP/2 itself. */
  private record Faults(ProxyContext forwarding, ConnectionInfo facts)
      implements Http2ServerHandler.Reports {
    @Override
    public void aborted(String reason) {
      forwarding.metrics().http2Aborted(reason);
      forwarding
          .audit()
          .record(
              new AuditEvent.Http2Aborted(
                  facts.listener(), facts.forwardedFor().connection(), reason));
    }

    @Override
    public void streamError(Failure.Client failure) {
      forwarding.refusals().refused(facts.forwardedFor().connection(), failure);
    }
  }
}
