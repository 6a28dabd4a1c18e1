package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.credentials.certificates.Certificates;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.PageCommands;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestClock;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;
import sallyport.tools.pki.Identity;

/** Certificates, keys and trust that change while they are in use. */
class RotationIT {
  private static final String WATCHED = "keys.watch = 100ms";
  private static final String UNWATCHED = "keys.watch = 0s";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static CertificateRequest server() {
    return CertificateRequest.of("server")
        .dns("localhost", "gateway.test", "*.wild.test")
        .ip("127.0.0.1")
        .usage(Usage.SERVER_AUTH);
  }

  private Origin start(String more) {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(Setup.to(origin).gateway(more));
    return origin;
  }

  private void install(Identity identity) throws IOException {
    identity.write(gateway.file("server.pem"), gateway.file("server.key"));
  }

  private X509Certificate served() throws IOException {
    try (RawClient client = RawClient.tls(gateway.https())) {
      return (X509Certificate) ((SSLSocket) client.socket()).getSession().getPeerCertificates()[0];
    }
  }

  @Test
  void newFilesAreUsedForNewHandshakesWithoutBeingAsked() throws IOException {
    start(WATCHED);
    assertThat(served()).isEqualTo(TestPki.SERVER.certificate());
    Identity next = TestPki.FRONT.issue(server());
    install(next);
    assertThat(gateway.audit().awaitContaining("keys-rotated"))
        .contains("\"use\":\"server\"", "\"name\":\"https\"", "\"trigger\":\"files\"");
    assertThat(served()).isEqualTo(next.certificate());
    assertThat(
            gateway.metric("gateway_tls_rotations_total", "name=\"https\"", "outcome=\"rotated\""))
        .isEqualTo(1);
  }

  /** As Kubernetes mounts a secret: files are links into a folder that is a link itself. */
  @Test
  void aLinkFurtherUpThatIsSwappedIsNoticed() throws IOException {
    Path first = Files.createDirectory(gateway.file("..first"));
    Path second = Files.createDirectory(gateway.file("..second"));
    Identity next = TestPki.FRONT.issue(server());
    TestPki.SERVER.write(first.resolve("tls.crt"), first.resolve("tls.key"));
    next.write(second.resolve("tls.crt"), second.resolve("tls.key"));
    Files.createSymbolicLink(gateway.file("..data"), Path.of("..first"));
    Files.createSymbolicLink(gateway.file("tls.crt"), Path.of("..data/tls.crt"));
    Files.createSymbolicLink(gateway.file("tls.key"), Path.of("..data/tls.key"));
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .certificates("[ { chain = tls.crt, key = tls.key } ]")
            .gateway(WATCHED));
    Files.createSymbolicLink(gateway.file("..data_tmp"), Path.of("..second"));
    Files.move(
        gateway.file("..data_tmp"),
        gateway.file("..data"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    gateway.audit().awaitContaining("keys-rotated");
    assertThat(served()).isEqualTo(next.certificate());
  }

  @Test
  void halfAPairKeepsTheOldOneServingUntilTheOtherHalfIsThere() throws IOException {
    start(WATCHED);
    Identity next = TestPki.FRONT.issue(server());
    Identity.writeCertificates(gateway.file("server.pem"), next.chain());
    assertThat(gateway.audit().awaitContaining("rotation-refused"))
        .contains("the key does not fit the certificate");
    assertThat(served()).isEqualTo(TestPki.SERVER.certificate());
    assertThat(
            gateway.metric("gateway_tls_rotations_total", "name=\"https\"", "outcome=\"refused\""))
        .isEqualTo(1);
    next.writeKey(gateway.file("server.key"));
    gateway.audit().awaitContaining("keys-rotated");
    assertThat(served()).isEqualTo(next.certificate());
  }

  private void awaitServed(Identity identity) {
    assertThat(gateway.audit().awaitContaining("keys-rotated"))
        .contains(Certificates.fingerprint(identity.certificate()));
  }

  @Test
  void aKeyThatOthersMayReadIsTakenUpOnceTheyMayNot() throws IOException {
    start(WATCHED);
    Identity next = TestPki.FRONT.issue(server());
    next.writeKey(gateway.file("next.key"));
    Files.setPosixFilePermissions(
        gateway.file("next.key"), PosixFilePermissions.fromString("rw-r--r--"));
    Files.move(
        gateway.file("next.key"), gateway.file("server.key"), StandardCopyOption.REPLACE_EXISTING);
    Identity.writeCertificates(gateway.file("server.pem"), next.chain());
    assertThat(gateway.audit().awaitContaining("rotation-refused")).contains("has the mode");
    assertThat(served()).isEqualTo(TestPki.SERVER.certificate());
    Files.setPosixFilePermissions(
        gateway.file("server.key"), PosixFilePermissions.fromString("rw-------"));
    awaitServed(next);
    assertThat(served()).isEqualTo(next.certificate());
  }

  @Test
  void aCertificateOfTheFutureIsTakenUpWhenItsTimeComes() throws IOException {
    TestClock clock = new TestClock(Instant.now());
    gateway.startWith(
        Setup.to(gateway.origin(r -> r.reply(200, "hello"))).gateway(WATCHED).hocon(), clock);
    Instant from = clock.instant().plusSeconds(3600);
    Identity next = TestPki.FRONT.issue(server().valid(from, from.plus(30, ChronoUnit.DAYS)));
    install(next);
    assertThat(gateway.audit().awaitContaining("rotation-refused")).contains("is not valid before");
    assertThat(served()).isEqualTo(TestPki.SERVER.certificate());
    clock.advance(Duration.ofHours(2));
    awaitServed(next);
  }

  @Test
  void aKeyThatTheTlsLibraryCannotUseIsRefused() throws Exception {
    start(UNWATCHED);
    PageCommands.run(
        gateway.folder(),
        "openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out server.key &&"
            + " openssl req -x509 -key server.key -out server.pem -days 9 -subj /CN=x"
            + " -addext subjectAltName=DNS:localhost,DNS:gateway.test,DNS:*.wild.test,IP:127.0.0.1"
            + " -addext extendedKeyUsage=serverAuth");
    HttpResponse<String> response = gateway.reload("");
    assertThat(response.statusCode()).isEqualTo(409);
    assertThat(response.body()).contains("is RSASSA-PSS 2048; the TLS library cannot sign with");
    assertThat(served()).isEqualTo(TestPki.SERVER.certificate());
  }

  @Test
  void whoAsksGetsAnAnswer() throws Exception {
    start(UNWATCHED);
    Identity next = TestPki.FRONT.issue(server());
    install(next);
    HttpResponse<String> response = gateway.reload("");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains("listener https: rotated to ", "backend app: unchanged");
    assertThat(served()).isEqualTo(next.certificate());
    assertThat(gateway.audit().awaitContaining("keys-rotated")).contains("\"trigger\":\"admin\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Origin", "Sec-Fetch-Site"})
  void aPageInABrowserCannotAsk(String header) throws Exception {
    start(UNWATCHED);
    install(TestPki.FRONT.issue(server()));
    assertThat(gateway.reload("", header, "http://localhost").statusCode()).isEqualTo(403);
    assertThat(served()).isEqualTo(TestPki.SERVER.certificate());
  }

  @Test
  void aGetDoesNotReload() {
    start(UNWATCHED);
    assertThat(gateway.admin("/reload").statusCode()).isEqualTo(405);
  }

  private void assertRefused(Identity next, String problem) throws Exception {
    start(UNWATCHED);
    install(next);
    HttpResponse<String> response = gateway.reload("");
    assertThat(response.statusCode()).isEqualTo(409);
    assertThat(response.body()).contains("listener https: refused: configuration:", problem);
    assertThat(served()).isEqualTo(TestPki.SERVER.certificate());
    gateway.audit().awaitContaining("rotation-refused");
  }

  @Test
  void aCertificateThatHasExpiredIsRefused() throws Exception {
    assertRefused(
        TestPki.FRONT.issue(
            server()
                .valid(
                    Instant.now().minus(2, ChronoUnit.DAYS),
                    Instant.now().minus(1, ChronoUnit.DAYS))),
        "the certificate expired at");
  }

  @Test
  void aCertificateThatNoLongerCoversANameIsRefused() throws Exception {
    assertRefused(
        TestPki.FRONT.issue(
            CertificateRequest.of("server").dns("localhost").usage(Usage.SERVER_AUTH)),
        "no certificate covers *.wild.test, 127.0.0.1, gateway.test any more");
  }

  @Test
  void moreTrustNeedsAReason() throws Exception {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin)
            .tls("client-auth { mode = required, trust = clients-ca.pem }")
            .gateway(UNWATCHED));
    Identity.writeCertificates(
        gateway.file("clients-ca.pem"),
        List.of(TestPki.USERS.certificate(), TestPki.STRANGERS.certificate()));
    Identity stranger =
        TestPki.STRANGERS.issue(CertificateRequest.of("x").usage(Usage.CLIENT_AUTH));
    HttpResponse<String> refused = gateway.reload("");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("trusts CN=strangers").contains("in addition");
    assertThat(gateway.statusOf(stranger)).isZero();
    HttpResponse<String> allowed = gateway.reload("?allow-weaken=merger+of+two+clinics");
    assertThat(allowed.statusCode()).isEqualTo(200);
    assertThat(gateway.statusOf(stranger)).isEqualTo(200);
    assertThat(gateway.audit().awaitContaining("keys-rotated"))
        .contains("\"loosened\":\"trusts CN=strangers", "\"reason\":\"merger of two clinics\"");
  }

  @Test
  void lessTrustNeedsNone() throws Exception {
    Identity.writeCertificates(
        gateway.file("clients-ca.pem"),
        List.of(TestPki.USERS.certificate(), TestPki.STRANGERS.certificate()));
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin)
            .tls("client-auth { mode = required, trust = clients-ca.pem }")
            .gateway(UNWATCHED));
    Identity stranger =
        TestPki.STRANGERS.issue(CertificateRequest.of("x").usage(Usage.CLIENT_AUTH));
    SSLContext remembers = TestPki.context(stranger, TestPki.FRONT);
    assertThat(gateway.statusOf(remembers)).isEqualTo(200);
    TestPki.trust(gateway.file("clients-ca.pem"), TestPki.USERS);
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    // Nor does a session that was begun before: it would skip the verification.
    assertThat(gateway.statusOf(remembers)).isZero();
  }

  @Test
  void aSessionIsResumedAcrossARotation() throws Exception {
    start(UNWATCHED);
    SSLContext remembers = TestPki.context(null, TestPki.FRONT);
    assertThat(gateway.statusOf(remembers)).isEqualTo(200);
    install(TestPki.FRONT.issue(server()));
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    assertThat(gateway.statusOf(remembers)).isEqualTo(200);
    assertThat(gateway.metric("gateway_tls_handshakes_total", "resumed=\"true\"")).isEqualTo(1);
  }

  @Test
  void anExchangeInProgressIsUntouched() throws Exception {
    CountDownLatch rotated = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    Origin origin =
        gateway.origin(
            r -> {
              r.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
              begun.countDown();
              try {
                rotated.await(20, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              r.write("later");
            });
    gateway.start(Setup.to(origin).gateway(UNWATCHED));
    RawClient client = gateway.connect().get("/");
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
    install(TestPki.FRONT.issue(server()));
    TestPki.BACK
        .issue(CertificateRequest.of("other").usage(Usage.CLIENT_AUTH))
        .write(gateway.file("client.pem"), gateway.file("client.key"));
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    rotated.countDown();
    assertThat(client.read().body()).isEqualTo("firstlater");
  }

  @Test
  void backendsSeeTheNewIdentityFromTheNextRequestOn() throws Exception {
    Origin origin = start(UNWATCHED);
    RawClient client = gateway.connect();
    assertThat(client.get("/").read().status()).isEqualTo(200);
    Identity next = TestPki.BACK.issue(CertificateRequest.of("next").usage(Usage.CLIENT_AUTH));
    next.write(gateway.file("client.pem"), gateway.file("client.key"));
    assertThat(gateway.reload("").body()).contains("backend app: rotated to ");
    assertThat(client.get("/").read().status()).isEqualTo(200);
    assertThat(origin.requests().get(0).peer()).isEqualTo(TestPki.CLIENT.certificate());
    assertThat(origin.requests().get(1).peer()).isEqualTo(next.certificate());
  }

  /** Clients shake hands without a pause while the pair changes a thousand times. */
  @Test
  void noHandshakeFailsDuringAThousandRotations() throws Exception {
    start(UNWATCHED);
    List<Identity> pairs = List.of(TestPki.FRONT.issue(server()), TestPki.FRONT.issue(server()));
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger handshakes = new AtomicInteger();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Void>> loads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        loads.add(
            clients.submit(
                () -> {
                  while (!over.get()) {
                    try (RawClient client = RawClient.tls(gateway.https())) {
                      assertThat(client.get("/").read().status()).isEqualTo(200);
                    }
                    handshakes.incrementAndGet();
                  }
                  return null;
                }));
      }
      for (int i = 0; i < 1000; i++) {
        install(pairs.get(i % 2));
        assertThat(gateway.gateway().reload("test", null)).isTrue();
      }
      over.set(true);
      for (Future<Void> load : loads) {
        load.get(60, TimeUnit.SECONDS);
      }
    }
    assertThat(handshakes).hasPositiveValue();
    assertThat(gateway.metric("gateway_tls_handshake_failures_total")).isZero();
    assertThat(
            gateway.metric("gateway_tls_rotations_total", "name=\"https\"", "outcome=\"rotated\""))
        .isEqualTo(1000);
  }
}
