package sallyport.credentials.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.CertificateConfig.Acme.Purpose;
import sallyport.config.certificate.SecretConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.keys.KeptKeys;
import sallyport.credentials.keys.KeyOpener;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.Secrets;
import sallyport.testkit.TestKeys;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;
import sallyport.tools.pki.Identity;

/** What an authority issues for another use than it was ordered for. */
class IssuedPurposeTest {
  private static final ConfigLocation HERE = new ConfigLocation("c", 1, "acme.a");
  private static final AuditLog UNAUDITED = event -> {};

  private static final CertificateInstaller NOWHERE = new NoInstaller();

  private final GatewayMetrics metrics = new GatewayMetrics();

  @TempDir Path folder;

  @AfterEach
  void close() {
    metrics.close();
  }

  private CertificateConfig.Acme ordered(Purpose purpose) throws Exception {
    Path secret = folder.resolve("pass");
    Secrets.write(secret, "correct horse");
    AcmeConfig account =
        new AcmeConfig(
            "a",
            URI.create("https://a.test/dir"),
            List.of(),
            folder.resolve("store"),
            new SecretConfig.File(secret, HERE),
            AcmeConfig.Challenge.HTTP_01,
            null,
            null,
            new AcmeConfig.Renewal(
                0.33, Duration.ofHours(6), Duration.ofMinutes(1), Duration.ofHours(1)),
            HERE);
    return new CertificateConfig.Acme(
        account, purpose, List.of("a.test"), CertificateConfig.Acme.Keys.EC, HERE);
  }

  /** Checks a certificate for this use as the renewer does before it takes it. */
  private void check(Purpose purpose, Usage usage) throws Exception {
    CertificateConfig.Acme certificate = ordered(purpose);
    KeyOpener keys = new KeyOpener(TestKeys.CONFIG, UNAUDITED, Clock.systemUTC());
    CertificateRenewer renewer =
        new CertificateRenewer(
            certificate,
            new Account(certificate.account(), () -> keys, UNAUDITED, Clock.systemUTC()),
            new ActiveChallenges(NOWHERE),
            NOWHERE,
            () -> keys,
            metrics.acme("a", certificate.label()),
            UNAUDITED,
            Clock.systemUTC(),
            new ReentrantLock());
    Identity issued = TestPki.FRONT.issue(CertificateRequest.of("a").dns("a.test").usage(usage));
    KeptKeys.folder(certificate.account().folder());
    Path draft = KeptKeys.draftOf(certificate.file());
    KeptKeys.write(draft, issued.key(), issued.chain(), certificate.account().passphrase());
    assertThat(renewer.proven(draft).leaf()).isEqualTo(issued.certificate());
  }

  @Test
  void aCertificateForABackendWithoutClientAuthIsUnfit() {
    assertThatThrownBy(() -> check(Purpose.BACKEND, Usage.SERVER_AUTH))
        .isInstanceOfSatisfying(
            OrderFailedException.class,
            failed -> {
              assertThat(failed.word()).isEqualTo("unfit");
              assertThat(failed.detail())
                  .contains("lacks the extended key usage clientAuth, so backends would refuse");
            });
  }

  @Test
  void aCertificateForClientsWithoutServerAuthIsUnfit() {
    assertThatThrownBy(() -> check(Purpose.LISTENER, Usage.CLIENT_AUTH))
        .isInstanceOfSatisfying(
            OrderFailedException.class,
            failed ->
                assertThat(failed.detail()).contains("lacks the extended key usage serverAuth"));
  }

  @Test
  void eachIsTakenForItsOwnUseAndHasItsOwnFile() throws Exception {
    check(Purpose.BACKEND, Usage.CLIENT_AUTH);
    check(Purpose.LISTENER, Usage.SERVER_AUTH);
    assertThat(ordered(Purpose.BACKEND).file().getFileName()).hasToString("a.test-ec-client.pem");
    assertThat(ordered(Purpose.LISTENER).file().getFileName()).hasToString("a.test-ec.pem");
  }
}
