package sallyport.net.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.Parsed;
import sallyport.values.CidrSet;
import sallyport.values.ClientAddress;

/** Connections that are addresses, by a clock that stands. */
class AdmissionTest {
  private static final long SECOND = 1_000_000_000L;

  /** Half a second before the clock wraps around, as nanoTime may. */
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - SECOND / 2);

  private final List<AuditEvent.ConnectionRefused> audited = new ArrayList<>();
  private final GatewayMetrics metrics = new GatewayMetrics();

  @AfterEach
  void close() {
    metrics.close();
  }

  private static final class Connection extends EmbeddedChannel {
    private final InetSocketAddress from;

    Connection(String from) {
      this.from = new InetSocketAddress(from, 1);
    }

    @Override
    public SocketAddress remoteAddress() {
      return from;
    }
  }

  private Admission admission(String limits) {
    return new Admission(
        "test",
        Parsed.limits(limits),
        CidrSet.NONE,
        new BufferMemory(Long.MAX_VALUE),
        metrics.downstream("test"),
        event -> audited.add((AuditEvent.ConnectionRefused) event),
        clock::get);
  }

  /** What is refused is closed, as the listener does. */
  private static boolean accepts(Admission admission, Connection connection) {
    boolean accepted = admission.accept(connection);
    if (!accepted) {
      connection.close();
    }
    return accepted;
  }

  @Test
  void aClosedConnectionMakesRoomForTheNext() {
    Admission admission = admission("max-connections = 2, per-source.max-connections = 2");
    Connection first = new Connection("192.0.2.1");
    assertThat(accepts(admission, first)).isTrue();
    assertThat(accepts(admission, new Connection("192.0.2.2"))).isTrue();
    assertThat(accepts(admission, new Connection("192.0.2.3"))).isFalse();
    first.close();
    assertThat(accepts(admission, new Connection("192.0.2.3"))).isTrue();
    assertThat(audited)
        .singleElement()
        .satisfies(event -> assertThat(event.reason()).isEqualTo("connection_limit"));
  }

  @Test
  void whatASourceDoesTooOftenUsesUpNothingThatIsForAll() {
    Admission admission =
        admission("new-connections { per-second = 1, burst = 2 }, per-source.max-connections = 1");
    assertThat(accepts(admission, new Connection("192.0.2.1"))).isTrue();
    for (int i = 0; i < 10; i++) {
      assertThat(accepts(admission, new Connection("192.0.2.1"))).isFalse();
    }
    assertThat(accepts(admission, new Connection("192.0.2.2"))).isTrue();
    assertThat(accepts(admission, new Connection("192.0.2.3"))).isFalse();
    clock.addAndGet(SECOND);
    assertThat(accepts(admission, new Connection("192.0.2.3"))).isTrue();
  }

  /** The audit log bounds the lines; it has to learn of each refusal for their number. */
  @Test
  void eachOfFiftyRefusalsInASecondIsCountedAndRecorded() {
    Admission admission = admission("max-connections = 1");
    accepts(admission, new Connection("192.0.2.1"));
    for (int i = 0; i < 50; i++) {
      accepts(admission, new Connection("192.0.2.1"));
    }
    assertThat(audited)
        .hasSize(50)
        .containsOnly(
            new AuditEvent.ConnectionRefused(
                "test",
                ClientAddress.direct(new InetSocketAddress("192.0.2.1", 1)),
                "connection_limit"));
    assertThat(metrics.scrape())
        .contains(
            "gateway_downstream_connections_refused_total{listener=\"test\",reason=\"connection_limit\"} 50.0");
  }

  @Test
  void connectionsOfAnotherProcessCountUntilItHasNone() {
    Admission before = admission("max-connections = 3, per-source.max-connections = 2");
    Connection first = new Connection("192.0.2.1");
    assertThat(accepts(before, first)).isTrue();
    assertThat(accepts(before, new Connection("2001:db8::1"))).isTrue();
    Admission next = admission("max-connections = 4, per-source.max-connections = 2");
    next.countElsewhere(before.counts());
    assertThat(accepts(next, new Connection("192.0.2.1"))).isTrue();
    assertThat(accepts(next, new Connection("192.0.2.1"))).isFalse();
    assertThat(accepts(next, new Connection("192.0.2.2"))).isTrue();
    assertThat(accepts(next, new Connection("192.0.2.2"))).isFalse();
    first.close();
    next.countElsewhere(before.counts());
    assertThat(accepts(next, new Connection("192.0.2.1"))).isTrue();
    assertThat(accepts(next, new Connection("192.0.2.3"))).isFalse();
    next.countElsewhere(Admission.Counts.NONE);
    assertThat(accepts(next, new Connection("192.0.2.3"))).isTrue();
    assertThat(audited.stream().map(AuditEvent.ConnectionRefused::reason))
        .containsExactly("source_limit", "connection_limit", "connection_limit");
  }
}
