package sallyport.tls.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;
import org.junit.jupiter.api.Test;
import sallyport.config.listener.ListenerConfig;
import sallyport.net.Peers;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.Parsed;
import sallyport.testkit.Setup;
import sallyport.tls.hello.Preface;
import sallyport.tls.policy.TlsPolicy;

/** A connection that cannot go on to its handshake. */
class ClientHelloHandlerTest {
  /** Makes no engine: memory is short, or the library is broken. */
  private static final class Broken extends SslContext {
    @Override
    public boolean isClient() {
      return false;
    }

    @Override
    public List<String> cipherSuites() {
      return List.of();
    }

    @Override
    @SuppressWarnings("deprecation") // Netty's own method still has it.
    public io.netty.handler.ssl.ApplicationProtocolNegotiator applicationProtocolNegotiator() {
      throw new UnsupportedOperationException();
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator alloc) {
      throw new IllegalStateException("planted");
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator alloc, String host, int port) {
      return newEngine(alloc);
    }

    @Override
    public SSLSessionContext sessionContext() {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  @SuppressWarnings("NullAway") // It comes to none of what is left out.
  void itIsClosedCountedAndAuditedWhereNoEngineCanBeMade() {
    List<AuditEvent> audited = new ArrayList<>();
    GatewayMetrics metrics = new GatewayMetrics();
    ListenerConfig.Tls listener =
        (ListenerConfig.Tls)
            Objects.requireNonNull(Parsed.of(Setup.to("127.0.0.1:1")).listeners().get("https"));
    ClientHelloHandler handler =
        new ClientHelloHandler(
            new HandshakeContext(
                listener,
                TlsPolicy.of(listener.tls().policy()),
                null,
                null,
                metrics.tls("https"),
                audited::add,
                new MissingCertificate()),
            () -> null,
            null,
            null,
            Preface.NONE);
    EmbeddedChannel channel = new EmbeddedChannel();
    Peers.set(
        channel,
        new Peers(
            new InetSocketAddress("192.0.2.1", 1), new InetSocketAddress("192.0.2.2", 443), null));
    channel.pipeline().addLast(handler);
    assertThatThrownBy(
            () ->
                handler.onLookupComplete(
                    channel.pipeline().context(handler),
                    channel.eventLoop().newSucceededFuture(new Broken())))
        .hasMessage("planted");
    assertThat(channel.isOpen()).isFalse();
    assertThat(audited)
        .singleElement()
        .isInstanceOfSatisfying(
            AuditEvent.HandshakeRefused.class,
            refused -> assertThat(refused.reason()).isEqualTo("other"));
    channel.finishAndReleaseAll();
    metrics.close();
  }
}
