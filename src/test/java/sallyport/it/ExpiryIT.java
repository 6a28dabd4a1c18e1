package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;
import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import io.grpc.Attributes;
import io.grpc.Server;
import io.grpc.ServerTransportFilter;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.credentials.certificates.Certificates;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Nginx;
import sallyport.testkit.OneLane;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;
import sallyport.testkit.TestClock;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateAuthority;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.Identity;
import sallyport.tools.pki.KeyKind;

/** Certificates that come to their end: what is said of it, and what ends with them. */
@OneLane("The clock of expiry, which no event loop has a part in.")
class ExpiryIT {
  /** Long enough to start a gateway in, and to make a request. */
  private static final Duration SHORT = Duration.ofSeconds(8);

  private static final String KEPT = "pool.idle-timeout = 1h, ";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static CertificateRequest lasting(CertificateRequest request, Duration life) {
    Instant now = Instant.now();
    // Of an authority that was made just now; with a year's lifetime no warning is shortened.
    return request.valid(now.minus(Duration.ofDays(365)), now.plus(life));
  }

  private void serve(Duration life) throws IOException {
    TestPki.FRONT
        .issue(
            lasting(
                CertificateRequest.of("server")
                    .dns("localhost", "gateway.test", "*.wild.test")
                    .ip("127.0.0.1")
                    .usage(SERVER_AUTH),
                life))
        .write(gateway.file("server.pem"), gateway.file("server.key"));
  }

  // ---- what is said

  @Test
  void theStartWarnsOfWhatIsNearItsEndAndIsReadyAllTheSame() throws IOException {
    serve(Duration.ofDays(10));
    gateway.start(gateway.origin(r -> r.reply(200, "")));
    assertThat(gateway.audit().awaitContaining("certificate-expiring"))
        .contains("\"days_left\":9", "\"fingerprint\":\"", "CN=server")
        .contains("\"places\":\"listeners.https server ");
    assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(200);
  }

  @Test
  void aRotationWarnsOfWhatItBrings() throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, ""))).gateway("keys.expiry-warnings = [ 3d ]"));
    serve(Duration.ofDays(5));
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    TestPki.BACK
        .issue(lasting(CertificateRequest.of("soon").usage(CLIENT_AUTH), Duration.ofDays(2)))
        .write(gateway.file("client.pem"), gateway.file("client.key"));
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    assertThat(gateway.audit().awaitContaining("certificate-expiring"))
        .contains("\"days_left\":1", "backends.app client ");
    assertThat(gateway.audit().all()).noneMatch(line -> line.contains("\"days_left\":4"));
  }

  @Test
  void everyCertificateOfChainsAndOfTrustIsMeasuredAndShown() throws IOException {
    CertificateAuthority between = TestPki.FRONT.intermediate("between", KeyKind.EC_P256);
    Identity chained =
        between.issue(CertificateRequest.of("server").dns("localhost").usage(SERVER_AUTH));
    chained.write(gateway.file("server.pem"), gateway.file("server.key"));
    Identity.writeCertificates(
        gateway.file("clients-ca.pem"),
        List.of(TestPki.USERS.certificate(), TestPki.STRANGERS.certificate()));
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "")))
            .tls("client-auth { mode = optional, trust = clients-ca.pem }"));
    String metric = "gateway_tls_certificate_days_left";
    String front = "owner=\"listeners.https\"";
    assertThat(gateway.metric(metric, front, "use=\"server\"", "position=\"0\""))
        .isBetween(80., 91.);
    assertThat(gateway.metric(metric, front, "use=\"server\"", "position=\"1\""))
        .isGreaterThan(3000);
    assertThat(gateway.metric(metric, front, "use=\"trust\"", "position=\"1\""))
        .isGreaterThan(3000);
    String back = "owner=\"backends.app\"";
    assertThat(gateway.metric(metric, back, "use=\"client\"")).isBetween(80., 91.);
    assertThat(gateway.metric(metric, back, "use=\"trust\"")).isGreaterThan(3000);
    assertThat(gateway.admin("/").body())
        .contains("CN=between", "CN=users", "CN=strangers", "CN=back")
        .doesNotContain("PRIVATE KEY");
  }

  // ---- what ends with them

  /** A backend whose connections tell when the gateway has ended them. */
  private Origin origin(Duration life, CountDownLatch ended) {
    Identity identity =
        TestPki.BACK.issue(
            lasting(
                CertificateRequest.of("backend").dns("legacy.internal").usage(SERVER_AUTH), life));
    return gateway.origin(
        identity,
        TestPki.BACK,
        r -> {
          r.reply(200, "hello");
          if (r.raw().read() < 0) {
            ended.countDown();
          }
        });
  }

  private void showShortLived() throws IOException {
    TestPki.BACK
        .issue(lasting(CertificateRequest.of("gateway").usage(CLIENT_AUTH), SHORT))
        .write(gateway.file("client.pem"), gateway.file("client.key"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"backend", "gateway"})
  void anIdleConnectionEndsWithTheCertificateOfEitherSide(String whose) throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    boolean backend = whose.equals("backend");
    if (!backend) {
      showShortLived();
    }
    Origin origin = origin(backend ? SHORT : Duration.ofDays(9), ended);
    gateway.start(Setup.to(origin).backend(KEPT));
    RawClient client = gateway.connect();
    assertThat(client.get("/").read().body()).isEqualTo("hello");
    assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    // A session that is resumed does not look at the certificate again; the gateway does.
    if (backend) {
      assertThat(client.get("/").read().status()).isEqualTo(502);
      assertThat(gateway.audit().awaitContaining("backend-refused"))
          .contains("\"reason\":\"tls_expired\"", "expired since the session began");
    }
  }

  @Test
  void anIdleSessionOfHttp2EndsWithTheCertificateToo() throws Exception {
    showShortLived();
    CountDownLatch ended = new CountDownLatch(1);
    TestPki.BACKEND.write(gateway.file("backend.pem"), gateway.file("backend.key"));
    Server server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                TlsServerCredentials.newBuilder()
                    .keyManager(
                        gateway.file("backend.pem").toFile(), gateway.file("backend.key").toFile())
                    .trustManager(gateway.file("backend-ca.pem").toFile())
                    .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                    .build())
            .directExecutor()
            .addTransportFilter(
                new ServerTransportFilter() {
                  @Override
                  public void transportTerminated(Attributes attributes) {
                    ended.countDown();
                  }
                })
            .build()
            .start();
    gateway.closing(() -> server.shutdownNow().awaitTermination(20, TimeUnit.SECONDS));
    gateway.start(Setup.to("127.0.0.1:" + server.getPort()).backend(KEPT + "protocol = http2"));
    // gRPC has no such page; that it says so is a response all the same.
    assertThat(gateway.connect().get("/").read().status()).isBetween(200, 499);
    assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http/1.1", "h2"})
  void aConnectionEndsWithTheCertificateOfItsClient(String protocol) throws Exception {
    Identity user =
        TestPki.USERS.issue(lasting(CertificateRequest.of("user").usage(CLIENT_AUTH), SHORT));
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .tls("client-auth { mode = required, trust = clients-ca.pem }"));
    SSLContext context = TestPki.context(user, TestPki.FRONT);
    if (protocol.equals("h2")) {
      RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https(), context));
      client.get(1, "/");
      assertThat(client.readUntil(frame -> frame.type() == RawHttp2.GOAWAY)).isNotNull();
      client.readToEnd();
    } else {
      RawClient client = gateway.closing(RawClient.tls(gateway.https(), context, "localhost"));
      assertThat(client.get("/").read().body()).isEqualTo("hello");
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(gateway.audit().awaitContaining("client-expired"))
        .contains(
            "\"listener\":\"https\"",
            "\"fingerprint\":\"" + Certificates.fingerprint(user.certificate()) + "\"",
            "\"ended\":\"");
    assertThat(gateway.metric("gateway_tls_clients_expired_total")).isEqualTo(1);
    // Nor does its session go on.
    assertThat(gateway.statusOf(context)).isZero();
  }

  /** It looks at our certificate in full handshakes alone, and so would never tell of its end. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aSessionWithABackendIsNotResumedPastTheEndOfOurOwnCertificate(String version)
      throws Exception {
    Nginx nginx =
        gateway.closing(
            Nginx.start(
                gateway.file("nginx"),
                "",
                "ssl_protocols "
                    + version.replace("TLSv1.3", "TLSv1.2 TLSv1.3")
                    + "; keepalive_timeout 0; location / { return 200 $ssl_session_reused; }"));
    TestPki.BACK
        .issue(lasting(CertificateRequest.of("gateway").usage(CLIENT_AUTH), Duration.ofDays(10)))
        .write(gateway.file("client.pem"), gateway.file("client.key"));
    TestClock clock = new TestClock(Instant.now());
    gateway.startWith(Setup.to(nginx.address()).oneLoop().hocon(), clock);
    RawClient client = gateway.connect();
    assertThat(client.get("/").read().body()).isEqualTo(".");
    assertThat(client.get("/").read().body()).isEqualTo("r");
    clock.advance(Duration.ofDays(11));
    for (int i = 0; i < 2; i++) {
      assertThat(client.get("/").read().body()).isEqualTo(".");
    }
  }
}
