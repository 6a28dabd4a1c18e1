package sallyport.credentials.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.certificates.CertificateInfo;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.TestClock;

/** When the end of a certificate is warned of, and when not again. */
class ExpiryWatchTest {
  private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

  private final TestClock clock = new TestClock(START);
  private final List<AuditEvent> events = new ArrayList<>();
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final ExpiryWatch watch =
      new ExpiryWatch(
          List.of(Duration.ofDays(30), Duration.ofDays(14), Duration.ofDays(7)),
          clock,
          events::add,
          metrics);

  @AfterEach
  void close() {
    metrics.close();
  }

  /** One that was issued a year before it is looked at first. */
  private static HeldCertificate held(String owner, String fingerprint, Duration left) {
    return held(owner, fingerprint, START.minus(Duration.ofDays(365)), START.plus(left));
  }

  private static HeldCertificate held(
      String owner, String fingerprint, Instant notBefore, Instant notAfter) {
    return new HeldCertificate(
        owner,
        "server",
        "a.pem",
        0,
        new CertificateInfo(
            "server",
            "CN=a",
            List.of(),
            "1",
            fingerprint,
            notBefore,
            notAfter,
            "EC P-256",
            "SHA256withECDSA",
            new ConfigLocation("test", 1, "here")));
  }

  private List<Long> daysLeftAfter(Duration... steps) {
    List<HeldCertificate> held = List.of(held("listeners.s", "aa", Duration.ofDays(31)));
    for (Duration step : steps) {
      clock.set(START.plus(step));
      watch.look(held);
    }
    return daysLeft();
  }

  private List<Long> daysLeft() {
    return events.stream().map(e -> ((AuditEvent.CertificateEnding) e).daysLeft()).toList();
  }

  @Test
  void eachWarningTimeIsTakenUpOnce() {
    assertThat(
            daysLeftAfter(
                Duration.ZERO,
                Duration.ofDays(1),
                Duration.ofDays(2),
                Duration.ofDays(17),
                Duration.ofDays(18),
                Duration.ofDays(25),
                Duration.ofDays(30),
                Duration.ofDays(32),
                Duration.ofDays(33)))
        .containsExactly(30L, 14L, 6L, -1L);
  }

  @Test
  void whatIsNearItsEndAtOnceIsToldOnceAndNotForTheLongerTimesToo() {
    assertThat(daysLeftAfter(Duration.ofDays(26), Duration.ofDays(27))).containsExactly(5L);
  }

  @Test
  void oneCertificateInTwoPlacesIsOneWarningThatNamesBoth() {
    watch.look(
        List.of(
            held("listeners.s", "aa", Duration.ofDays(3)),
            held("backends.b", "aa", Duration.ofDays(3))));
    assertThat(events)
        .singleElement()
        .isInstanceOfSatisfying(
            AuditEvent.CertificateEnding.class,
            e ->
                assertThat(e.places())
                    .containsExactly("listeners.s server a.pem[0]", "backends.b server a.pem[0]"));
  }

  @Test
  void anotherCertificateIsWarnedOfAnew() {
    watch.look(List.of(held("listeners.s", "aa", Duration.ofDays(3))));
    watch.look(List.of(held("listeners.s", "bb", Duration.ofDays(4))));
    assertThat(daysLeft()).containsExactly(3L, 4L);
  }

  /** What is renewed when a third of its life is left is never near its end in good order. */
  @ParameterizedTest
  @CsvSource({"6, 1.6, 1.4", "47, 12, 11", "90, 23, 22"})
  void aTimeLongerThanAQuarterOfTheLifetimeIsThatQuarter(
      double life, double renewed, double overdue) {
    List<HeldCertificate> held = List.of(held("listeners.s", "aa", START, START.plus(days(life))));
    clock.set(START);
    watch.look(held);
    clock.set(START.plus(days(life - renewed)));
    watch.look(held);
    assertThat(events).isEmpty();
    clock.set(START.plus(days(life - overdue)));
    watch.look(held);
    assertThat(events).hasSize(1);
  }

  private static Duration days(double days) {
    return Duration.ofSeconds((long) (days * 86_400));
  }

  private void lookAt(Instant when, HeldCertificate held) {
    clock.set(when);
    watch.lookWhenDue(() -> List.of(held));
  }

  @Test
  void theEndIsToldAtOnceAndNotOnceADay() {
    Instant end = START.plusSeconds(40);
    HeldCertificate held = held("listeners.s", "aa", START, end);
    lookAt(START, held);
    lookAt(end, held);
    int warnings = events.size();
    lookAt(end.plusMillis(1), held);
    lookAt(end.plusMillis(2), held);
    assertThat(events).hasSize(warnings + 1);
    assertThat(daysLeft()).last().isEqualTo(-1L);
  }

  @Test
  void aWarningIsToldWhenItsTimeComes() {
    HeldCertificate held = held("listeners.s", "aa", Duration.ofDays(31));
    lookAt(START, held);
    lookAt(START.plus(Duration.ofDays(1)).minusSeconds(1), held);
    assertThat(events).isEmpty();
    lookAt(START.plus(Duration.ofDays(1)).plusSeconds(1), held);
    assertThat(events).hasSize(1);
  }

  @Test
  void whileNothingIsDueWhatIsHeldIsLookedAtOnceADay() {
    List<HeldCertificate> asked = new ArrayList<>();
    HeldCertificate held = held("listeners.s", "aa", Duration.ofDays(300));
    for (int hour = 0; hour <= 24; hour++) {
      clock.set(START.plus(Duration.ofHours(hour)));
      watch.lookWhenDue(
          () -> {
            asked.add(held);
            return List.of(held);
          });
    }
    assertThat(asked).hasSize(2);
  }

  @Test
  void whatIsNotHeldAnyMoreIsNotMeasuredAnyMore() {
    watch.look(List.of(held("listeners.s", "aa", Duration.ofDays(3))));
    assertThat(metrics.scrape()).contains("owner=\"listeners.s\"");
    watch.look(List.of(held("backends.b", "aa", Duration.ofDays(3))));
    assertThat(metrics.scrape())
        .contains("owner=\"backends.b\"")
        .doesNotContain("owner=\"listeners.s\"");
  }
}
