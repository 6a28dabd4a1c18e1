package sallyport.tls.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Set;
import org.junit.jupiter.api.Test;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.testkit.TestPki;
import sallyport.tls.failure.PeerRefused;

/** What a test with sockets would have to wait for. */
class ClientRulesTest {
  private static final X509Certificate USER = TestPki.USER.certificate();

  private static ClientRules at(Instant now) {
    return new ClientRules(
        new ClientAuthConfig(
            ClientAuthConfig.Mode.REQUIRED,
            new TrustConfig(Path.of("unused"), new ConfigLocation("test", 1, "here")),
            3,
            Set.of(),
            null,
            ClientAuthConfig.Refusal.HANDSHAKE,
            Set.of(),
            ClientAuthConfig.Host.SERVER_NAME),
        null,
        Clock.fixed(now, ZoneOffset.UTC));
  }

  @Test
  void aSessionIsNotResumedPastTheEndOfTheClientsCertificate() {
    Instant end = USER.getNotAfter().toInstant();
    X509Certificate[] chain = {USER};
    assertThat(at(end.minusSeconds(1)).refusal(chain)).isNull();
    assertThat(at(end.plusSeconds(1)).refusal(chain))
        .isNotNull()
        .satisfies(
            refused -> {
              assertThat(refused.reason()).isEqualTo(PeerRefused.Reason.EXPIRED);
              assertThat(refused).hasMessage("expired at " + end);
            });
  }
}
