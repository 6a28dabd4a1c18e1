package sallyport.connect.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.connect.endpoint.ConnectionObserver;
import sallyport.net.Failure;
import sallyport.testkit.Backends;

/** The question whether a PostgreSQL server speaks TLS, and its answers. */
class PostgresStepTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<String> events = new ArrayList<>();
  private final Endpoint endpoint =
      new Cluster(Backends.config("endpoints = [ \"192.0.2.1:5432\" ]")).endpoints().getFirst();
  private boolean inUse = true;

  private final SecurityStep tls =
      new SecurityStep() {
        @Override
        public boolean begin(
            Channel of, Endpoint to, SocketAddress at, boolean http1, Listener listener) {
          events.add("TLS");
          return inUse;
        }

        @Override
        public void inUse(Channel of) {
          events.add("in use");
        }

        @Override
        public Failure.Upstream classify(Throwable cause) {
          return Failure.Upstream.TLS_HANDSHAKE;
        }

        @Override
        public String describe(Throwable cause) {
          return cause.getClass().getSimpleName();
        }
      };

  private final ConnectionObserver observer =
      new ConnectionObserver() {
        @Override
        public void connected(Endpoint to, long nanos) {}

        @Override
        public boolean handshake(
            Endpoint to, SocketAddress at, String version, boolean resumed, boolean sent) {
          return true;
        }

        @Override
        public void connectFailed(
            Endpoint to,
            @Nullable SocketAddress at,
            Failure.Upstream failure,
            @Nullable String reason) {}

        @Override
        public void audit(Endpoint to, Failure.Upstream failure, String detail) {
          events.add("audited " + failure.flag() + ": " + detail);
        }
      };

  private final SecurityStep.Listener listener =
      new SecurityStep.Listener() {
        @Override
        public void onSecured(Established connection) {
          events.add("secured");
        }

        @Override
        public void onRefused(Channel of, Failure.Upstream failure, @Nullable String detail) {
          events.add("refused " + failure.flag());
        }
      };

  private final SecurityStep step = new PostgresStep(tls, observer);

  private void begin() {
    assertThat(
            step.begin(
                channel,
                endpoint,
                InetSocketAddress.createUnresolved("192.0.2.1", 5432),
                /* http1= */ false,
                listener))
        .isTrue();
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void tlsBeginsOnceTheServerHasAgreed() {
    begin();
    ByteBuf asked = channel.readOutbound();
    assertThat(asked.readInt()).isEqualTo(8);
    assertThat(asked.readInt()).isEqualTo(80877103);
    assertThat(asked.isReadable()).isFalse();
    asked.release();
    assertThat(events).isEmpty();
    channel.writeInbound(Unpooled.copiedBuffer(new byte[] {'S'}));
    assertThat(events).containsExactly("TLS");
    assertThat(channel.pipeline().names()).doesNotContain("ssl-request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"N", "E", "SS", "S\u0016", "HTTP/1.1 400"})
  void anyOtherAnswerIsRefusedAndAudited(String answer) {
    begin();
    channel.writeInbound(Unpooled.copiedBuffer(answer, StandardCharsets.UTF_8));
    assertThat(events)
        .containsExactly(
            "audited protocol_mismatch: the server does not speak TLS",
            "refused protocol_mismatch");
  }

  @Test
  void oneServerIsRefusedOnce() {
    begin();
    channel.writeInbound(Unpooled.copiedBuffer(new byte[] {'N'}));
    channel.writeInbound(Unpooled.copiedBuffer(new byte[] {'S'}));
    channel.close();
    assertThat(events.stream().filter(each -> each.startsWith("refused"))).hasSize(1);
    assertThat(events).doesNotContain("TLS");
  }

  @Test
  void aServerThatClosesIsAHandshakeThatFailed() {
    begin();
    channel.close();
    assertThat(events).containsExactly("refused tls_handshake");
  }

  @Test
  void aBackendThatIsNoLongerInUseIsRefused() {
    inUse = false;
    begin();
    channel.writeInbound(Unpooled.copiedBuffer(new byte[] {'S'}));
    assertThat(events).containsExactly("TLS", "refused tls_handshake");
  }
}
