package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.net.admission.BufferMemory;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.LoopStop;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** Who comes in: by number, by rate, by source, by what handshakes cost, and by memory. */
class AdmissionIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private void start(String limits) {
    gateway.start(Setup.to(gateway.origin(r -> r.reply(200, "hello"))).limits(limits));
  }

  private RawClient from(String source) throws IOException {
    return gateway.closing(RawClient.tlsFrom(source, gateway.https()));
  }

  private void assertRefused(String source, String reason) {
    double before = refused(reason);
    assertThatThrownBy(() -> from(source)).isInstanceOf(IOException.class);
    assertThat(refused(reason)).isEqualTo(before + 1);
  }

  private double refused(String reason) {
    return gateway.metric(
        "gateway_downstream_connections_refused_total",
        "listener=\"https\"",
        "reason=\"" + reason + "\"");
  }

  /** The gateway's own opening and closing is done once the metric says so. */
  private void awaitConnections(int open) {
    gateway.awaitMetric(open, "gateway_downstream_connections_active", "listener=\"https\"");
  }

  @Test
  void aSourceHasSoManyConnectionsAndOthersAreServed() throws IOException {
    start("per-source.max-connections = 2");
    RawClient first = from("127.0.0.2");
    from("127.0.0.2");
    assertRefused("127.0.0.2", "source_limit");
    assertThat(first.get("/").read().status()).isEqualTo(200);
    assertThat(from("127.0.0.3").get("/").read().status()).isEqualTo(200);
    assertThat(gateway.audit().awaitContaining("connections-refused"))
        .contains("\"reason\":\"source_limit\"", "\"client\":\"127.0.0.2:");
  }

  @Test
  void aSourceGetsAConnectionBackWhenOneCloses() throws IOException {
    start("per-source.max-connections = 1");
    RawClient first = from("127.0.0.2");
    assertRefused("127.0.0.2", "source_limit");
    first.get("/", "Connection: close").read();
    assertThat(first.isClosedByPeer()).isTrue();
    first.close();
    awaitConnections(0);
    assertThat(from("127.0.0.2").get("/").read().status()).isEqualTo(200);
  }

  @Test
  void aSourceThatConnectsTooFastIsRefusedBeforeAnyTls() throws IOException {
    start("per-source.new-connections { per-second = 1, burst = 3 }");
    for (int i = 0; i < 3; i++) {
      from("127.0.0.2");
    }
    assertRefused("127.0.0.2", "source_rate");
    assertThat(from("127.0.0.3").get("/").read().status()).isEqualTo(200);
    assertThat(gateway.metric("gateway_tls_handshake_failures_total")).isZero();
  }

  @Test
  void allSourcesTogetherConnectOnlySoFast() throws IOException {
    start("new-connections { per-second = 1, burst = 2 }");
    from("127.0.0.2");
    from("127.0.0.3");
    assertRefused("127.0.0.4", "connection_rate");
  }

  @Test
  void trustedProxiesAreNoSource() throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .listener("trusted-proxies = [ \"127.0.0.2\" ]")
            .limits("per-source { max-connections = 1, new-connections.burst = 1 }"));
    for (int i = 0; i < 5; i++) {
      assertThat(from("127.0.0.2").get("/").read().status()).isEqualTo(200);
    }
  }

  @Test
  void aFloodOfRefusalsIsNoFloodOfAuditLines() throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .limits("per-source.max-connections = 1")
            .gateway("audit-log.lines-per-second = 2"));
    from("127.0.0.2");
    long begin = System.nanoTime();
    for (int i = 0; i < 50; i++) {
      assertRefused("127.0.0.2", "source_limit");
    }
    int seconds = (int) TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
    gateway.stop();
    List<String> lines =
        gateway.audit().all().stream().filter(l -> l.contains("connections-refused")).toList();
    // Two a second with each second that has begun, one of them that sums up, and the last sum.
    assertThat(lines).isNotEmpty().hasSizeLessThanOrEqualTo(3 * (seconds + 1) + 1);
    assertThat(LogLines.told(lines)).isEqualTo(50);
  }

  /**
   * Turns are those of one event loop. Stops it within a log line, lets ten clients say hello, and
   * lets go: all ten are read in one turn, of which one may begin and two may wait.
   */
  @Test
  void handshakesOverTheTurnWaitAndOverTheWaitingAreClosed() throws Exception {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .tls("handshakes { per-turn = 1, max-waiting = 2 }")
            .oneLoop());
    RawClient established = gateway.connect();
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      clients.add(gateway.closing(RawClient.plain(gateway.https())));
    }
    awaitConnections(11);
    int begun = 0;
    try (LoopStop stop = new LoopStop()) {
      established.send("GET / HTTP/1.1\r\nHost: localhost\r\nBad Name: 1\r\n\r\n");
      stop.awaitStopped();
      for (RawClient client : clients) {
        client.send(hello());
      }
      stop.release();
      for (RawClient client : clients) {
        // A ServerHello, or the end.
        begun += client.isClosedByPeer() ? 0 : 1;
      }
    }
    double overloaded =
        gateway.metric("gateway_tls_handshake_failures_total", "reason=\"overloaded\"");
    assertThat(overloaded).isPositive().isEqualTo(10 - begun);
    assertThat(gateway.metric("gateway_tls_handshakes_deferred_total", "resumption=\"false\""))
        .isPositive();
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
  }

  private static byte[] hello() throws IOException {
    SSLEngine engine = TestPki.context(null, TestPki.FRONT).createSSLEngine("localhost", 443);
    engine.setUseClientMode(true);
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), record);
    return Arrays.copyOf(record.array(), record.position());
  }

  /** Clients that read nothing fill the buffers until something new is refused, and not the JVM. */
  @Test
  @Timeout(180) // as many clients as it takes to fill the buffers, each with a handshake
  void overTheMemoryLimitNewRequestsAndConnectionsAreRefusedAndLaterServedAgain() throws Exception {
    byte[] piece = new byte[64 * 1024];
    long limit = new BufferMemory(0).used() + 24 * 1024 * 1024;
    gateway.start(
        Setup.to(
                gateway.origin(
                    r -> {
                      if (!r.line().contains("/large")) {
                        r.reply(200, "hello");
                        return;
                      }
                      r.write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
                      for (int i = 0; i < 1500; i++) {
                        r.out().write(piece);
                      }
                    }))
            .gateway("runtime.max-buffer-memory = " + limit + "B"));
    RawClient established = gateway.connect();
    List<RawClient> slow = new ArrayList<>();
    RawClient.Response refusal = established.get("/").read();
    while ((refusal.status() == 200 || refused("memory") == 0) && slow.size() < 500) {
      try {
        RawClient client = RawClient.tls(gateway.https());
        slow.add(client);
        assertThat(client.get("/large").readHead().status()).isIn(200, 503);
      } catch (IOException full) {
        // The connection was refused: what we wait for.
      }
      if (refusal.status() == 200) {
        refusal = established.get("/").read();
      }
    }
    assertThat(refused("memory")).isPositive();
    assertThat(refusal.status()).isEqualTo(503);
    assertThat(refusal.header("retry-after")).isEqualTo("1");
    assertThat(gateway.access().awaitContaining("out_of_memory")).contains("\"status\":503");
    slow.forEach(RawClient::close);
    established.close();
    awaitConnections(0);
    BufferMemory memory = new BufferMemory(limit);
    Eventually.equal("the limit of memory is reached", false, memory::isExhausted);
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
  }
}
