package sallyport.gateway.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.config.GatewayConfig;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.Parsed;
import sallyport.testkit.Setup;
import sallyport.testkit.TestClock;

/** What is told of exceptions that come to their end. */
class ExceptionWatchTest {
  private static final Instant END = Instant.parse("2027-07-01T00:00:00Z");

  private final TestClock clock = new TestClock(END.minus(Duration.ofDays(31)));
  private final List<AuditEvent> events = new ArrayList<>();
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final ExceptionWatch watch = new ExceptionWatch(clock, events::add, metrics.exceptions());

  @AfterEach
  void close() {
    metrics.close();
  }

  private static GatewayConfig until(String expires) {
    return Parsed.of(
        Setup.to("127.0.0.1:1")
            .upstreamTls(
                """
                pins = [ "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" ]
                exception { allow = [ cbc ], reason = r, owner = o, expires = %s }
                """
                    .formatted(expires)));
  }

  private List<Long> toldAt(Duration before) {
    events.clear();
    clock.set(END.minus(before));
    watch.look();
    watch.look();
    return events.stream().map(event -> ((AuditEvent.ExceptionEnding) event).daysLeft()).toList();
  }

  @Test
  void itIsToldOnceEachThirtyFourteenAndSevenDaysBeforeAndAtTheEnd() {
    watch.use(until("2027-06-30").backends().values());
    assertThat(events).isEmpty();
    assertThat(toldAt(Duration.ofDays(30))).containsExactly(30L);
    assertThat(toldAt(Duration.ofDays(15))).isEmpty();
    assertThat(toldAt(Duration.ofDays(14))).containsExactly(14L);
    assertThat(toldAt(Duration.ofDays(7))).containsExactly(7L);
    assertThat(toldAt(Duration.ofSeconds(1))).isEmpty();
    assertThat(toldAt(Duration.ZERO)).containsExactly(0L);
    assertThat(toldAt(Duration.ofDays(-2))).isEmpty();
  }

  @Test
  void onlyTheShortestTimeThatHasComeIsTold() {
    watch.use(until("2027-06-30").backends().values());
    assertThat(toldAt(Duration.ofDays(6))).containsExactly(6L);
  }

  @Test
  void anotherEndIsToldOfAgainAndNoneAtAllWithoutAnException() {
    clock.set(END.minus(Duration.ofDays(6)));
    watch.use(until("2027-06-30").backends().values());
    watch.use(until("2027-07-01").backends().values());
    assertThat(events).hasSize(2);
    assertThat(metrics.scrape()).contains("gateway_upstream_exception_days_left{backend=\"app\"}");
    watch.use(Parsed.of(Setup.to("127.0.0.1:1")).backends().values());
    assertThat(metrics.scrape()).doesNotContain("gateway_upstream_exception_days_left{");
  }
}
