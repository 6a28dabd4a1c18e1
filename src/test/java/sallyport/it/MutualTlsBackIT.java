package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.Nginx;
import sallyport.testkit.Origin;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateAuthority;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.Identity;
import sallyport.tools.pki.KeyKind;

/** TLS to a backend is mutual, is seen to be, and a backend that does not ask is refused. */
class MutualTlsBackIT {
  private static final String WARN = "when-not-asked = warn";
  private static final String NOT_ASKED = "client_certificate=\"not_asked\"";
  private static final String SENT = "client_certificate=\"sent\"";

  /** Says whom nginx sees, and ends the connection, so that the next request needs a new one. */
  private static final String WHO =
      "keepalive_timeout 0; location / { return 200 \"$ssl_client_verify $ssl_session_reused\"; }";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin origin(String version) {
    return gateway.closing(
        Origin.start(
            TestPki.BACKEND,
            TestPki.BACK,
            r -> r.reply(200, "hello", "Connection: close"),
            version));
  }

  private Nginx nginx(String clients, String version) throws IOException {
    return gateway.closing(
        Nginx.start(
            gateway.file("nginx"),
            "",
            clients,
            WHO.replace("keepalive", "ssl_protocols " + version + "; keepalive")));
  }

  private double handshakes(String... tags) {
    return gateway.metric("gateway_upstream_handshakes_total", tags);
  }

  private void assertRefused() throws IOException {
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(502);
  }

  private String get() throws IOException {
    return gateway.connect().get("/").read().body();
  }

  // ---- backends that do not ask

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aBackendThatDoesNotAskGetsNothing(String version) throws IOException {
    Origin origin = origin(version);
    origin.demandsCertificate(false);
    gateway.start(origin);
    try (LogLines log = new LogLines("sallyport.connect.endpoint.MutualTlsWatch")) {
      assertRefused();
      // The session is not resumed: whether the backend asks shows in full handshakes alone.
      assertRefused();
      assertThat(log.all())
          .singleElement()
          .asString()
          .matches("configuration:\\d+: backends\\.app: endpoint .*")
          .contains(origin.address(), "does not ask", "tls.when-not-asked = refuse");
    }
    assertThat(origin.requests()).isEmpty();
    assertThat(handshakes(NOT_ASKED, "resumed=\"false\"")).isEqualTo(2);
    assertThat(handshakes()).isEqualTo(2);
    assertThat(gateway.metric("gateway_upstream_failures_total", "tls_certificate_not_asked"))
        .isEqualTo(2);
    assertThat(gateway.access().awaitContaining("\"failure\":\"tls_certificate_not_asked\""))
        .contains("\"status\":502");
    assertThat(gateway.audit().awaitContaining("backend-refused"))
        .contains("\"reason\":\"tls_certificate_not_asked\"");
    assertThat(gateway.audit().awaitContaining("backend-mutual-tls"))
        .contains("\"backend\":\"app\"", origin.address())
        .contains("\"client_certificate\":\"not_asked\"", "\"outcome\":\"refused\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http2", "auto"})
  void aBackendOfHttp2ThatDoesNotAskGetsNothing(String protocol) throws IOException {
    Nginx nginx =
        gateway.closing(
            Nginx.start(
                gateway.file("nginx"),
                "http2",
                "ssl_verify_client off;",
                "location / { return 200 leaked; }"));
    gateway.start(Setup.to(nginx.address()).backend("protocol = " + protocol));
    assertRefused();
    assertThat(gateway.metric("gateway_upstream_failures_total", "tls_certificate_not_asked"))
        .isEqualTo(1);
    assertThat(gateway.metric("gateway_upstream_connections_idle")).isZero();
  }

  @Test
  void theNextEndpointServesWhenTheFirstDoesNotAsk() throws IOException {
    Origin silent = origin("TLSv1.3");
    silent.demandsCertificate(false);
    gateway.start(Setup.to(silent, origin("TLSv1.3")));
    for (int i = 0; i < 4; i++) {
      assertThat(get()).isEqualTo("hello");
    }
    assertThat(silent.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void whereOneIsOnlyWarnedItIsUsedAndItsSessionsCountAsTheyBegan(String version)
      throws IOException {
    Nginx nginx = nginx("ssl_verify_client off;", version);
    gateway.start(Setup.to(nginx.address()).upstreamTls(WARN));
    try (LogLines log = new LogLines("sallyport.connect.endpoint.MutualTlsWatch")) {
      assertThat(get()).isEqualTo("NONE .");
      assertThat(get()).isEqualTo("NONE r");
      assertThat(log.all())
          .singleElement()
          .asString()
          .contains("does not ask", "tls.when-not-asked = warn");
    }
    assertThat(handshakes(NOT_ASKED, "resumed=\"false\"")).isEqualTo(1);
    assertThat(handshakes(NOT_ASKED, "resumed=\"true\"")).isEqualTo(1);
    assertThat(handshakes(SENT)).isZero();
    assertThat(gateway.audit().awaitContaining("backend-mutual-tls"))
        .contains("\"client_certificate\":\"not_asked\"", "\"outcome\":\"used\"");
  }

  // ---- backends that ask

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aSessionOfABackendThatAskedCountsAsSent(String version) throws IOException {
    gateway.start(
        Setup.to(nginx("ssl_client_certificate ca.pem; ssl_verify_client on;", version).address()));
    assertThat(get()).isEqualTo("SUCCESS .");
    assertThat(get()).isEqualTo("SUCCESS r");
    assertThat(get()).isEqualTo("SUCCESS r");
    assertThat(handshakes(SENT, "resumed=\"false\"")).isEqualTo(1);
    assertThat(handshakes(SENT, "resumed=\"true\"")).isEqualTo(2);
    assertThat(handshakes(NOT_ASKED)).isZero();
    assertThat(gateway.audit().awaitContaining("backend-mutual-tls"))
        .contains("\"client_certificate\":\"sent\"", "\"outcome\":\"used\"");
    assertThat(gateway.audit().all())
        .filteredOn(line -> line.contains("backend-mutual-tls"))
        .hasSize(1);
    assertThat(gateway.metric("gateway_keys_signatures_total", "use=\"client\"")).isEqualTo(1);
  }

  /** The list of authorities in a CertificateRequest is a hint; what counts is whom it trusts. */
  @ParameterizedTest
  @CsvSource({"TLSv1.2,EC_P256", "TLSv1.3,EC_P256", "TLSv1.2,RSA_2048", "TLSv1.3,RSA_2048"})
  void ourCertificateIsSentThoughTheBackendNamesOtherAuthorities(String version, KeyKind kind)
      throws IOException {
    TestPki.BACK
        .issue(CertificateRequest.of("gateway").usage(CLIENT_AUTH).key(kind))
        .write(gateway.file("other.pem"), gateway.file("other.key"));
    TestPki.trust(gateway.file("strangers.pem"), TestPki.STRANGERS);
    Nginx nginx =
        nginx(
            "ssl_client_certificate ../strangers.pem; ssl_trusted_certificate ca.pem;"
                + " ssl_verify_client on;",
            version);
    gateway.startWith(
        Setup.to(nginx.address())
            .hocon()
            .replace(
                "{ chain = client.pem, key = client.key }",
                "{ chain = other.pem, key = other.key }"));
    assertThat(get()).isEqualTo("SUCCESS .");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aLeafBelowAnIntermediateThatTheBackendHasIsSentWithoutIt(String version) throws IOException {
    CertificateAuthority between = TestPki.BACK.intermediate("between", KeyKind.EC_P256);
    Identity below = between.issue(CertificateRequest.of("gateway").usage(CLIENT_AUTH));
    new Identity(below.key(), List.of(below.certificate()))
        .write(gateway.file("leaf.pem"), gateway.file("leaf.key"));
    Identity.writeCertificates(
        gateway.file("both.pem"), List.of(TestPki.BACK.certificate(), between.certificate()));
    Nginx nginx =
        nginx(
            "ssl_client_certificate ca.pem; ssl_trusted_certificate ../both.pem;"
                + " ssl_verify_client on; ssl_verify_depth 2;",
            version);
    gateway.startWith(
        Setup.to(nginx.address())
            .hocon()
            .replace(
                "{ chain = client.pem, key = client.key }",
                "{ chain = leaf.pem, key = leaf.key }"));
    assertThat(get()).isEqualTo("SUCCESS .");
  }

  // ---- backends that change

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aBackendThatBeginsToAskIsUsedAtOnceAndOneThatCeasesIsRefused(String version)
      throws IOException {
    Origin origin = origin(version);
    origin.demandsCertificate(false);
    gateway.start(origin);
    try (LogLines log = new LogLines("sallyport.connect.endpoint.MutualTlsWatch")) {
      assertRefused();
      origin.demandsCertificate(true);
      assertThat(get()).isEqualTo("hello");
      assertThat(log.awaitContaining("asked for the gateway's certificate and got it"))
          .contains(origin.address());
      gateway.gateway().reload("test", null);
      assertThat(get()).isEqualTo("hello");
      assertThat(log.all()).hasSize(2);
    }
    assertThat(handshakes(NOT_ASKED)).isEqualTo(1);
  }

  /** Sessions from before share what is known of them with those that a full handshake begins. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aSessionThatIsDeclinedSaysNothingOfTheNextOne(String version) throws IOException {
    Origin origin = origin(version);
    origin.demandsCertificate(false);
    gateway.start(Setup.to(origin).upstreamTls(WARN));
    assertThat(get()).isEqualTo("hello");
    assertThat(get()).isEqualTo("hello");
    assertThat(handshakes(NOT_ASKED, "resumed=\"true\"")).isEqualTo(1);
    // The JDK's server declines sessions without the certificate that it wants by now.
    origin.demandsCertificate(true);
    for (int i = 0; i < 3; i++) {
      assertThat(get()).isEqualTo("hello");
    }
    assertThat(handshakes(NOT_ASKED)).isEqualTo(2);
    assertThat(handshakes(SENT)).isEqualTo(3);
    assertThat(handshakes(SENT, "resumed=\"true\"")).isPositive();
  }
}
