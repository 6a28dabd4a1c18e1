package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.Nginx;
import sallyport.testkit.Origin;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateAuthority;

/** What the log says of a backend that cannot be used: what is wrong, and what to do. */
class FailureWordsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** The one line that the log has after a request. */
  private String said(Setup setup, String about) throws IOException {
    try (LogLines log = new LogLines("sallyport.connect.endpoint.EndpointObserver")) {
      gateway.start(setup);
      assertThat(gateway.connect().get("/").read().status()).isGreaterThanOrEqualTo(500);
      return log.awaitContaining(about);
    }
  }

  @Test
  void aConnectionThatTookTooLongHasItsLimit() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Setup setup =
          Setup.to("127.0.0.1:" + silent.getLocalPort()).backend("connect-timeout = 200ms");
      assertThat(said(setup, "connect_timeout"))
          .endsWith(": connect_timeout: no connection within connect-timeout, 200ms");
    }
  }

  @Test
  void aHandshakeWithNothingInCommonNamesThePolicy() throws IOException {
    TestPki.BACKEND.write(gateway.file("backend.pem"), gateway.file("backend.key"));
    Nginx old =
        gateway.closing(
            Nginx.serve(
                gateway.folder(),
                """
                listen 127.0.0.1:PORT ssl;
                ssl_certificate %1$s/backend.pem;
                ssl_certificate_key %1$s/backend.key;
                ssl_protocols TLSv1.2;
                ssl_ciphers ECDHE-ECDSA-AES128-SHA;
                """
                    .formatted(gateway.folder())));
    assertThat(said(Setup.to(old.address()), "tls_handshake"))
        .contains(
            "SSLV3_ALERT_HANDSHAKE_FAILURE; offered were the versions, suites and groups of the"
                + " policy approved (docs/tls.md)");
  }

  @Test
  void aBackendThatTurnsAwayOurCertificateIsAskedAbout() throws IOException {
    Origin origin =
        gateway.closing(
            Origin.start(
                TestPki.BACKEND,
                CertificateAuthority.create("back"),
                r -> r.reply(200, "leaked"),
                "TLSv1.3"));
    assertThat(said(Setup.to(origin), "tls_identity_refused"))
        .contains("does it trust who issued the gateway's certificate?");
  }
}
