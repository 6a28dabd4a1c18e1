package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.GnutlsClient;
import sallyport.testkit.OneLane;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** GnuTLS as a client. */
@OneLane("One client of another make, one connection at a time.")
class GnutlsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private String get(String version, String... more) throws Exception {
    return new GnutlsClient(gateway.folder(), version).get(gateway.https().getPort(), more);
  }

  private void start(String tls) {
    gateway.start(Setup.to(gateway.origin(r -> r.reply(200, "hello"))).tls(tls));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLS1.2", "TLS1.3"})
  void itBelievesTheCertificateAndIsServed(String version) throws Exception {
    start("");
    assertThat(get(version))
        .contains("- Status: The certificate is trusted.", "- Description: (" + version)
        .contains("HTTP/1.1 200 ", "hello");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLS1.2", "TLS1.3"})
  void itsOwnCertificateIsAskedForAndBelieved(String version) throws Exception {
    TestPki.USER.write(gateway.file("user.pem"), gateway.file("short.key"));
    // GnuTLS wants the public key in the file too, which PKCS#8 leaves open and the JDK leaves out.
    PageCommands.run(gateway.folder(), "openssl ec -in short.key -out user.key");
    start("client-auth { mode = required, trust = clients-ca.pem }");
    assertThat(get(version, "--x509certfile", "user.pem", "--x509keyfile", "user.key"))
        .contains("HTTP/1.1 200 ");
    assertThat(get(version)).doesNotContain("HTTP/1.1 ");
    gateway.assertHandshakeRefused("client_certificate_missing");
  }

  @Test
  void itIsToldThatAnOldVersionIsNotSpoken() throws Exception {
    start("");
    assertThat(get("TLS1.1")).contains("alert").doesNotContain("HTTP/1.1 ");
    gateway.assertHandshakeRefused("no_common_version");
  }
}
