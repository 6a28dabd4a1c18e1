package sallyport.connect.security;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.security.cert.CertificateException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.connect.endpoint.ConnectionObserver;
import sallyport.net.Failure;
import sallyport.tls.engine.FatalAlertGuard;
import sallyport.tls.engine.ReadGate;
import sallyport.tls.engine.TlsLayer;
import sallyport.tls.upstream.UpstreamTls;

/**
 * Step of mutual TLS: the handshake, then the policy, then expiry and revocation of the endpoint's
 * certificate. Every call must run on the event loop of the connection.
 */
public final class TlsStep implements SecurityStep {
  private static final String HANDSHAKE = "handshake";

  private final UpstreamTls tls;
  private final ConnectionObserver observer;

  /** Uses the identity and the trust that are current when a connection begins. */
  public TlsStep(UpstreamTls tls, ConnectionObserver observer) {
    this.tls = tls;
    this.observer = observer;
  }

  @Override
  public boolean begin(
      Channel channel, Endpoint endpoint, SocketAddress address, boolean http1, Listener listener) {
    UpstreamTls.Obstacle obstacle = tls.obstacle();
    if (obstacle != null) {
      // Not from within the call: the caller tries the next address.
      channel
          .eventLoop()
          .execute(
              () -> {
                observer.audit(endpoint, obstacle.failure(), obstacle.detail());
                listener.onRefused(channel, obstacle.failure(), obstacle.detail());
              });
      return true;
    }
    SslHandler ssl =
        tls.newHandler(ByteBufAllocator.DEFAULT, endpoint.host(), endpoint.port(), http1);
    if (ssl == null) {
      return false;
    }
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast(TlsLayer.NAME, ssl);
    TlsLayer.install(ssl, channel);
    pipeline.addLast(HANDSHAKE, new HandshakeErrors());
    Handshake handshake = new Handshake(channel, ssl, endpoint, address, listener);
    ssl.handshakeFuture().addListener(handshake::onDone);
    return true;
  }

  @Override
  public void inUse(Channel channel) {
    FatalAlertGuard.addTo(channel.pipeline());
  }

  @Override
  public Failure.Upstream classify(Throwable cause) {
    return tls.classify(cause);
  }

  @Override
  public String describe(Throwable cause) {
    return tls.describe(cause);
  }

  /** Handshake of one connection, and the checks after it. */
  private final class Handshake {
    private final Channel channel;
    private final SslHandler ssl;
    private final Endpoint endpoint;
    private final SocketAddress address;
    private final Listener listener;

    /** Whether responders have been heard, or the connection has closed before. */
    private boolean answered;

    Handshake(
        Channel channel,
        SslHandler ssl,
        Endpoint endpoint,
        SocketAddress address,
        Listener listener) {
      this.channel = channel;
      this.ssl = ssl;
      this.endpoint = endpoint;
      this.address = address;
      this.listener = listener;
    }

    void onDone(Future<?> handshake) {
      if (!handshake.isSuccess()) {
        refuse(handshake.cause());
        return;
      }
      String breach = tls.violation(ssl);
      if (breach != null) {
        refuse(Failure.Upstream.TLS_POLICY, breach);
        return;
      }
      if (!mayUse()) {
        refuse(
            Failure.Upstream.TLS_CERTIFICATE_NOT_ASKED,
            "does not ask for the gateway's certificate");
        return;
      }
      if (tls.hasExpired(ssl)) {
        refuse(Failure.Upstream.TLS_EXPIRED, "expired since the session began");
        return;
      }
      try {
        tls.checkResumed(ssl);
      } catch (CertificateException notAnyMore) {
        refuse(notAnyMore);
        return;
      }
      CompletableFuture<Optional<CertificateException>> asked = tls.ask(ssl);
      if (asked == null) {
        secured();
      } else {
        holdUntil(asked);
      }
    }

    /**
     * Records a finished handshake.
     *
     * @return false when the endpoint did not ask for the gateway's certificate, and must
     */
    private boolean mayUse() {
      boolean resumed = UpstreamTls.resumed(ssl);
      boolean sent = tls.certificateSent(ssl, resumed);
      if (sent && !resumed) {
        tls.accountForSignature();
      }
      tls.accountForException(ssl);
      String version = ssl.engine().getSession().getProtocol();
      boolean used = observer.handshake(endpoint, address, version, resumed, sent);
      if (!used) {
        // Resumed later, it would be refused although the endpoint may ask by then.
        tls.forget(ssl);
      }
      return used;
    }

    /** Holds the connection until responders have answered: nothing is sent and nothing is read. */
    private void holdUntil(CompletableFuture<Optional<CertificateException>> asked) {
      ReadGate held = new ReadGate();
      channel.pipeline().addLast("held", held);
      channel.closeFuture().addListener(closed -> onClosed());
      asked.whenComplete(
          (refusal, neverFails) ->
              channel.eventLoop().execute(() -> onAnswer(refusal.orElse(null), held)));
    }

    private void onClosed() {
      if (!answered) {
        answered = true;
        listener.onRefused(channel, Failure.Upstream.TLS_HANDSHAKE, null);
      }
    }

    private void onAnswer(@Nullable CertificateException refusal, ReadGate held) {
      if (answered) {
        return;
      }
      answered = true;
      if (refusal != null) {
        refuse(refusal);
        return;
      }
      secured();
      ChannelHandlerContext holder = channel.pipeline().context(held);
      if (holder != null) {
        held.release(holder);
      }
    }

    private void secured() {
      if (ssl.sslCloseFuture().isDone()) {
        // It said so while it was being checked; there was no connection yet to hear of it.
        listener.onRefused(channel, Failure.Upstream.TLS_HANDSHAKE, null);
        return;
      }
      // Under TLS 1.3 the endpoint's verdict on the gateway's certificate is yet to come: from here
      // on
      // errors are for the protocol.
      channel.pipeline().remove(HANDSHAKE);
      // A backend without ALPN speaks HTTP/1.1.
      String protocol =
          Objects.requireNonNullElse(ssl.applicationProtocol(), ApplicationProtocolNames.HTTP_1_1);
      listener.onSecured(
          new Established(
              channel, protocol, tls.validUntilNanos(ssl), /* authenticatedEnd= */ true));
    }

    private void refuse(Throwable cause) {
      listener.onRefused(channel, tls.classify(cause), tls.describe(cause));
    }

    private void refuse(Failure.Upstream failure, String audited) {
      observer.audit(endpoint, failure, audited);
      listener.onRefused(channel, failure, null);
    }
  }

  /** Handler of errors of the handshake, which its future reports. */
  private static final class HandshakeErrors extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
