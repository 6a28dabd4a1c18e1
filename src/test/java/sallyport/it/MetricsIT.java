package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** What the admin listener tells, read from its pages as Prometheus reads them. */
class MetricsIT {
  private static final String ROUTE = "route=\"portal\"";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private void start(Origin.Handler handler) {
    gateway.start(Setup.to(gateway.origin(handler)).route("name = portal"));
  }

  /** A whole exchange: when it is in the access log it has been counted. */
  private RawClient.Response exchange(RawClient client, String path) throws IOException {
    RawClient.Response response = client.get(path).read();
    gateway.access().awaitContaining("\"path\":\"" + path + "\"");
    return response;
  }

  @ParameterizedTest
  @CsvSource({
    "TLSv1.2,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,secp256r1",
    "TLSv1.3,TLS_AES_256_GCM_SHA384,x25519"
  })
  void handshakesAreCountedByWhatWasNegotiated(String version, String cipher, String group)
      throws Exception {
    start(r -> r.reply(200, ""));
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(new String[] {version});
    parameters.setCipherSuites(new String[] {cipher});
    parameters.setNamedGroups(new String[] {group});
    gateway.closing(
        RawClient.handshake(
            gateway.https(), TestPki.context(null, TestPki.FRONT), "localhost", parameters));
    gateway.awaitMetric(
        1,
        "gateway_tls_handshakes_total",
        "listener=\"https\"",
        "version=\"" + version + "\"",
        "cipher=\"" + cipher + "\"",
        "group=\"" + (group.equals("x25519") ? "X25519" : "P-256") + "\"");
    assertThat(gateway.metric("gateway_tls_handshake_seconds_count")).isEqualTo(1);
    assertThat(gateway.metric("gateway_tls_handshake_seconds_sum")).isPositive();
  }

  @Test
  void refusedHandshakesAreCountedByReason() {
    start(r -> r.reply(200, ""));
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3"});
    parameters.setCipherSuites(new String[] {"TLS_CHACHA20_POLY1305_SHA256"});
    assertThatThrownBy(
            () ->
                RawClient.handshake(
                    gateway.https(), TestPki.context(null, TestPki.FRONT), "localhost", parameters))
        .isInstanceOf(IOException.class);
    gateway.audit().awaitContaining("handshake-refused");
    assertThat(
            gateway.metric("gateway_tls_handshake_failures_total", "reason=\"no_common_cipher\""))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 302, 404, 503})
  void requestsAreCountedByRouteBackendAndClassOfStatus(int status) throws IOException {
    start(r -> r.reply(status, ""));
    exchange(gateway.connect(), "/x");
    assertThat(
            gateway.metric(
                "gateway_downstream_requests_total",
                ROUTE,
                "backend=\"app\"",
                "status=\"" + status / 100 + "xx\""))
        .isEqualTo(1);
    assertThat(gateway.metric("gateway_downstream_requests_total", ROUTE)).isEqualTo(1);
  }

  @Test
  void durationsAreHistograms() throws IOException {
    start(r -> r.reply(200, ""));
    exchange(gateway.connect(), "/x");
    for (String name : new String[] {"gateway_downstream_request", "gateway_upstream_response"}) {
      assertThat(gateway.metric(name + "_seconds_count")).as(name).isEqualTo(1);
      assertThat(gateway.metric(name + "_seconds_bucket", "le=\"+Inf\"")).as(name).isEqualTo(1);
      assertThat(gateway.metric(name + "_seconds_sum")).as(name).isPositive();
    }
    assertThat(gateway.metric("gateway_upstream_connect_seconds_count")).isEqualTo(1);
  }

  @Test
  void bodyBytesAreCountedBothWays() throws IOException {
    start(r -> r.answer(200, "1234567" + r.body()));
    RawClient client = gateway.connect();
    client.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde");
    client.read();
    gateway.access().awaitContaining("\"response_bytes\":12");
    assertThat(gateway.metric("gateway_downstream_request_bytes_total", ROUTE)).isEqualTo(5);
    assertThat(gateway.metric("gateway_downstream_response_bytes_total", ROUTE)).isEqualTo(12);
  }

  @Test
  void whatIsUnderWayIsGauged() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    start(
        r -> {
          asked.countDown();
          try {
            assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException interrupted) {
            throw new IOException(interrupted);
          }
          r.reply(200, "");
        });
    RawClient client = gateway.connect().get("/x");
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(gateway.metric("gateway_downstream_exchanges_active", ROUTE)).isEqualTo(1);
    assertThat(gateway.metric("gateway_downstream_connections_active", "listener=\"https\""))
        .isEqualTo(1);
    assertThat(gateway.metric("gateway_upstream_connections_active")).isEqualTo(1);
    assertThat(gateway.metric("gateway_upstream_connections_idle")).isEqualTo(0);
    release.countDown();
    client.read();
    gateway.access().awaitContaining("\"path\":\"/x\"");
    assertThat(gateway.metric("gateway_downstream_exchanges_active", ROUTE)).isEqualTo(0);
    exchange(client, "/y");
    assertThat(gateway.metric("gateway_upstream_reused_total")).isEqualTo(1);
  }

  @Test
  void everyCertificateSaysHowLongItLasts() {
    start(r -> r.reply(200, ""));
    for (String use : new String[] {"server", "client"}) {
      assertThat(gateway.metric("gateway_tls_certificate_days_left", "use=\"" + use + "\""))
          .as(use)
          .isBetween(85.0, 91.0);
      assertThat(gateway.metric("gateway_tls_certificate_not_after_seconds", "use=\"" + use + "\""))
          .as(use)
          .isGreaterThan(System.currentTimeMillis() / 1000.0);
    }
  }

  @Test
  void theJvmIsMeasuredToo() {
    start(r -> r.reply(200, ""));
    assertThat(gateway.metric("jvm_memory_used_bytes")).isPositive();
    assertThat(gateway.metric("jvm_threads_live_threads")).isPositive();
  }

  @Test
  void nothingThatAClientSendsBecomesATag() throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "")))
            .routes("{ name = portal, host = localhost, backend = app }"));
    RawClient client = gateway.connect();
    client.send("BREW /secret-path?patient=smith HTTP/1.1\r\nHost: evil.test\r\n\r\n");
    assertThat(client.read().status()).isEqualTo(404);
    exchange(gateway.connect(), "/other-secret");
    assertThat(gateway.admin("/metrics").body())
        .contains("route=\"_none\"")
        .doesNotContain("secret")
        .doesNotContain("smith")
        .doesNotContain("evil")
        .doesNotContain("BREW");
  }

  @ParameterizedTest
  @CsvSource({"/healthz,200,ok", "/readyz,200,ready", "/nowhere,404,not found"})
  void thePagesForMachinesAreShortAndPlain(String path, int status, String text) {
    start(r -> r.reply(200, ""));
    assertThat(gateway.admin(path).statusCode()).isEqualTo(status);
    assertThat(gateway.admin(path).body()).isEqualTo(text + "\n");
  }

  @Test
  void theStatusPageShowsWhatRunsAndNoSecret() throws IOException {
    start(r -> r.reply(200, ""));
    assertThat(gateway.admin("/").body())
        .contains("https", "portal", "legacy.internal", "approved")
        .doesNotContain("PRIVATE KEY");
    assertThat(gateway.admin("/").headers().firstValue("content-security-policy")).isPresent();
  }

  @Test
  void theAdminListenerAnswersToNoNameOfAnotherSite() throws IOException {
    start(r -> r.reply(200, ""));
    RawClient client = gateway.closing(RawClient.plain(gateway.gateway().address("admin")));
    client.send("GET /metrics HTTP/1.1\r\nHost: rebound.evil.test\r\n\r\n");
    assertThat(client.read().status()).isEqualTo(421);
  }
}
