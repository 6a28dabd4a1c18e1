package sallyport.credentials.acme;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import sallyport.config.certificate.AcmeConfig;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;

/** When a certificate is to be renewed. */
class RenewalPlanTest {
  private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant TO = FROM.plus(Duration.ofDays(90));

  private final RenewalPlan plan =
      new RenewalPlan(
          List.of("a.test", "b.test"),
          new AcmeConfig.Renewal(
              1.0 / 3, Duration.ofHours(6), Duration.ofMinutes(1), Duration.ofHours(1)));

  private static X509Certificate certificate(String... names) {
    return TestPki.FRONT
        .issue(CertificateRequest.of("x").dns(names).valid(FROM, TO).usage(Usage.SERVER_AUTH))
        .certificate();
  }

  private void inUse(double random) {
    plan.now(certificate("b.test", "a.test"), random);
  }

  @Test
  void aThirdOfItsLifetimeBeforeItsEnd() {
    inUse(0);
    assertThat(plan.due()).isEqualTo(TO.minus(Duration.ofDays(30)));
  }

  @Test
  void orATenthOfThatEarlier() {
    inUse(1);
    assertThat(plan.due()).isEqualTo(TO.minus(Duration.ofDays(33)));
  }

  @Test
  void atOnceWhenThereIsNone() {
    plan.now(null, 0);
    assertThat(plan.due()).isEqualTo(Instant.MIN);
    assertThat(plan.mayLook(FROM)).isFalse();
  }

  @Test
  void atOnceWhenItsNamesAreNotThoseThatAreConfigured() {
    plan.now(certificate("a.test"), 0);
    assertThat(plan.due()).isEqualTo(Instant.MIN);
    plan.now(certificate("a.test", "b.test", "c.test"), 0);
    assertThat(plan.due()).isEqualTo(Instant.MIN);
  }

  @Test
  void withinTheWindowThatTheAuthoritySuggests() {
    inUse(0.5);
    plan.suggestion(FROM, FROM.plusSeconds(100), FROM.plusSeconds(200), null);
    assertThat(plan.due()).isEqualTo(FROM.plusSeconds(150));
  }

  @Test
  void aWindowThatBeginsAfterItEndsOrAfterTheCertificateIsNoSuggestion() {
    inUse(0);
    plan.suggestion(FROM, FROM.plusSeconds(200), FROM.plusSeconds(100), null);
    assertThat(plan.due()).isEqualTo(TO.minus(Duration.ofDays(30)));
    plan.suggestion(FROM, TO.plusSeconds(1), TO.plusSeconds(2), null);
    assertThat(plan.due()).isEqualTo(TO.minus(Duration.ofDays(30)));
  }

  @Test
  void theAuthorityIsAskedAgainWhenItSaysSoWithinReason() {
    inUse(0);
    plan.suggestion(FROM, TO, TO, null);
    assertThat(plan.nextLook()).isEqualTo(FROM.plus(Duration.ofHours(6)));
    plan.suggestion(FROM, TO, TO, FROM.plusSeconds(1));
    assertThat(plan.nextLook()).isEqualTo(FROM.plusSeconds(60));
    plan.suggestion(FROM, TO, TO, FROM.plus(Duration.ofDays(30)));
    assertThat(plan.nextLook()).isEqualTo(FROM.plus(Duration.ofDays(1)));
  }

  @Test
  void whatTheAuthoritySaidHoldsWhileItCannotBeReached() {
    inUse(0);
    plan.suggestion(FROM, FROM.plusSeconds(100), FROM.plusSeconds(200), null);
    plan.noSuggestion(FROM.plusSeconds(10));
    assertThat(plan.due()).isEqualTo(FROM.plusSeconds(100));
    assertThat(plan.mayLook(FROM.plusSeconds(20))).isFalse();
  }
}
