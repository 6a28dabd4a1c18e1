package sallyport.credentials.trust;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateAuthority;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;
import sallyport.tools.pki.Identity;
import sallyport.tools.pki.KeyKind;

class PublicAuthoritiesTest {
  private final PublicAuthorities known =
      PublicAuthorities.of(List.of(TestPki.STRANGERS.certificate(), TestPki.BACK.certificate()));

  private static Identity client(CertificateAuthority issuer) {
    return issuer.issue(CertificateRequest.of("c").usage(Usage.CLIENT_AUTH));
  }

  @Test
  void theRootAboveAChainIsNamed() {
    assertThat(known.above(client(TestPki.BACK).chain())).contains("CN=back");
  }

  @Test
  void theRootAboveWhatIsBetweenIsNamed() {
    CertificateAuthority between = TestPki.BACK.intermediate("between", KeyKind.EC_P256);
    assertThat(known.above(client(between).chain())).contains("CN=back");
  }

  @Test
  void aChainOfAPrivateAuthorityHasNone() {
    assertThat(known.above(client(TestPki.USERS).chain())).isNull();
  }

  @Test
  void anotherAuthorityOfTheSameNameIsNone() {
    assertThat(known.above(client(CertificateAuthority.create("back")).chain())).isNull();
  }

  @Test
  void theJdkHasSome() throws Exception {
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init((KeyStore) null);
    X509Certificate root =
        ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers()[0];
    assertThat(PublicAuthorities.ofJdk().above(List.of(root)))
        .isEqualTo(root.getSubjectX500Principal().getName());
  }
}
