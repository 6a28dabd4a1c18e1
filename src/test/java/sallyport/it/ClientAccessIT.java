package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;
import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.PageCommands;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateAuthority;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.Identity;
import sallyport.tools.pki.KeyKind;

/** Who of those with a good certificate is let in, and who no more. */
class ClientAccessIT {
  private static final String DENIED = "denied.txt";
  private static final String UNWATCHED = "keys.watch = 0s";
  private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final Identity user =
      TestPki.USERS.issue(
          CertificateRequest.of("user")
              .usage(CLIENT_AUTH)
              .dns("lab.clinic.test")
              .uri("spiffe://clinic.test/lab")
              .email("Lab@Clinic.test"));

  @BeforeEach
  void nobodyIsDenied() throws IOException {
    Files.writeString(gateway.file(DENIED), "# nobody yet\n\n");
  }

  private Origin start(String clientAuth, String more) {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin)
            .tls("client-auth { trust = clients-ca.pem, " + clientAuth + " }")
            .gateway(more));
    return origin;
  }

  private RawClient connect(@Nullable Identity identity) throws IOException {
    return connect(TestPki.context(identity, TestPki.FRONT));
  }

  private RawClient connect(SSLContext context) throws IOException {
    return gateway.closing(RawClient.tls(gateway.https(), context, "localhost"));
  }

  private static String sha256(Identity identity) {
    return "sha256:" + fingerprint(identity);
  }

  private static String fingerprint(Identity identity) {
    return sallyport.credentials.certificates.Certificates.fingerprint(identity.certificate());
  }

  // ---- how far from its authority

  @ParameterizedTest
  @CsvSource({"0,0,200", "1,0,0", "1,1,200", "2,1,0", "2,2,200"})
  void aChainMayBeAsDeepAsTheListenerAllows(int between, int max, int status) throws IOException {
    CertificateAuthority authority = TestPki.USERS;
    for (int i = 0; i < between; i++) {
      authority = authority.intermediate("between " + i, KeyKind.EC_P256);
    }
    start("mode = required, max-depth = " + max, "");
    assertThat(gateway.statusOf(authority.issue(CertificateRequest.of("user").usage(CLIENT_AUTH))))
        .isEqualTo(status);
    if (status == 0) {
      assertThat(gateway.assertHandshakeRefused("client_certificate_refused"))
          .contains(
              between
                  + " certificates stand between the client's and its authority, max-depth allows "
                  + max);
    }
  }

  // ---- for which host

  @ParameterizedTest
  @CsvSource({"server-name, 421", "any, 200"})
  void aRequestForAnotherHostThanThatOfTheHandshakePassesFromGatewaysAlone(String host, int status)
      throws IOException {
    start("mode = required, host = " + host, "");
    assertThat(
            connect(TestPki.USER)
                .send("GET / HTTP/1.1\r\nHost: clinic.example\r\n\r\n")
                .read()
                .status())
        .isEqualTo(status);
  }

  // ---- who is listed

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dns:LAB.clinic.test",
        "uri:spiffe://clinic.test/lab",
        "email:Lab@clinic.TEST",
        "dns:other.test\", \"dns:lab.clinic.test"
      })
  void aClientThatIsListedIsLetIn(String name) throws IOException {
    start("mode = required, allow = [ \"" + name + "\" ]", "");
    assertThat(gateway.statusOf(user)).isEqualTo(200);
  }

  @Test
  void aClientThatIsListedByItsFingerprintIsLetIn() throws IOException {
    start("mode = required, allow = [ \"" + sha256(user) + "\" ]", "");
    assertThat(gateway.statusOf(user)).isEqualTo(200);
    assertThat(gateway.statusOf(TestPki.USER)).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dns:clinic.test",
        "uri:spiffe://clinic.test/LAB",
        "uri:spiffe://clinic.test",
        "email:lab@clinic.test",
        "dns:user"
      })
  void aClientThatIsNotListedIsRefused(String name) throws IOException {
    Origin origin = start("mode = optional, allow = [ \"" + name + "\" ]", "");
    assertThat(gateway.statusOf(user)).isZero();
    assertThat(gateway.assertHandshakeRefused("client_certificate_not_listed"))
        .contains("is nobody whom client-auth.allow lists");
    assertThat(origin.requests()).isEmpty();
  }

  // ---- what a route asks

  private Origin startRoutes(String more) {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin)
            .tls("client-auth { mode = optional, trust = clients-ca.pem }")
            .routes(
                "{ backend = app }, { name = secure, path = \"/secure\", backend = app, "
                    + more
                    + " }"));
    return origin;
  }

  @Test
  void aRouteThatNeedsACertificateAnswers403WithoutOneAndTheConnectionGoesOn() throws IOException {
    Origin origin = startRoutes("client-auth = required");
    RawClient client = connect((Identity) null);
    RawClient.Response refused = client.get("/secure/x").read();
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.body()).isEqualTo("403 Forbidden\n");
    assertThat(refused.all("strict-transport-security")).hasSize(1);
    assertThat(client.get("/open").read().status()).isEqualTo(200);
    assertThat(origin.requests()).hasSize(1);
    assertThat(gateway.audit().awaitContaining("access-refused"))
        .contains("\"route\":\"secure\"", "\"reason\":\"client_certificate_required\"");
    assertThat(gateway.access().awaitContaining("client_certificate_required"))
        .contains("\"status\":403", "\"route\":\"secure\"");
    assertThat(
            gateway.metric(
                "gateway_downstream_requests_refused_total",
                "reason=\"client_certificate_required\""))
        .isEqualTo(1);
    assertThat(connect(user).get("/secure/x").read().status()).isEqualTo(200);
  }

  @Test
  void aRouteMayBeForSomeClientsAlone() throws IOException {
    startRoutes("client-allow = [ \"uri:spiffe://clinic.test/lab\" ]");
    assertThat(connect(user).get("/secure").read().status()).isEqualTo(200);
    RawClient other = connect(TestPki.USER);
    assertThat(other.get("/secure").read().status()).isEqualTo(403);
    assertThat(gateway.audit().awaitContaining("access-refused"))
        .contains(
            "\"reason\":\"client_not_listed\"",
            "\"fingerprint\":\"" + fingerprint(TestPki.USER) + "\"");
    assertThat(other.get("/").read().status()).isEqualTo(200);
    assertThat(connect((Identity) null).get("/secure").read().status()).isEqualTo(403);
  }

  @Test
  void aRouteRefusesOverHttp2Too() throws IOException {
    Origin origin = startRoutes("client-auth = required");
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.get(1, "/secure");
    assertThat(client.readHead(1).status()).hasToString("403");
    client.get(3, "/");
    assertThat(client.readHead(3).status()).hasToString("200");
    assertThat(origin.requests()).hasSize(1);
  }

  // ---- how a refusal looks

  /** Who shows what, beside {@code user}. */
  private Identity shown(String who) {
    CertificateRequest request = CertificateRequest.of("user").usage(CLIENT_AUTH);
    Instant now = Instant.now();
    return switch (who) {
      case "stranger" -> CertificateAuthority.create("users").issue(request);
      case "expired" ->
          TestPki.USERS.issue(request.valid(now.minus(Duration.ofDays(9)), now.minusSeconds(60)));
      case "server" -> TestPki.USERS.issue(CertificateRequest.of("x").usage(SERVER_AUTH));
      case "weak" -> TestPki.USERS.issue(request.key(KeyKind.RSA_1024));
      case "deep" -> TestPki.USERS.intermediate("b", KeyKind.EC_P256).issue(request);
      default -> TestPki.USER;
    };
  }

  @ParameterizedTest
  @CsvSource({
    "stranger,refused,it was issued by CN=",
    "expired,refused,'expired, NotAfter'",
    "server,refused,Extended key usage does not permit",
    "weak,refused,a certificate of the peer has a key of RSA 1024",
    "deep,refused,certificates stand between the client's and its authority",
    "unlisted,not_listed,is nobody whom client-auth.allow lists"
  })
  void aRefusalMayBeAnAnswerInsteadOfAnAlert(String who, String reason, String detail)
      throws IOException {
    Origin origin =
        start(
            "mode = optional, refuse-with = 403, max-depth = 0, allow = [ \"dns:lab.clinic.test\" ]",
            "");
    // The same client twice: a session must not be worth more than its beginning.
    SSLContext context = TestPki.context(shown(who), TestPki.FRONT);
    for (String version : new String[] {"TLSv1.2", "TLSv1.2", "TLSv1.3", "TLSv1.3"}) {
      assertThat(gateway.statusOf(context, version)).isEqualTo(403);
    }
    assertThat(gateway.audit().awaitContaining("access-refused"))
        .contains("\"reason\":\"client_certificate_" + reason + "\"", detail);
    assertThat(
            gateway.metric(
                "gateway_downstream_requests_refused_total",
                "reason=\"client_certificate_" + reason + "\""))
        .isEqualTo(4);
    assertThat(gateway.metric("gateway_tls_handshakes_total", "resumed=\"true\"")).isZero();
    assertThat(origin.requests()).isEmpty();
    assertThat(gateway.statusOf(user)).isEqualTo(200);
    assertThat(gateway.statusOf((Identity) null)).isEqualTo(200);
  }

  @Test
  void withoutACertificateTheAnswerIsTheSameWhereOneIsRequired() throws IOException {
    Origin origin = start("mode = required, refuse-with = 403", "");
    RawClient client = connect((Identity) null);
    for (int i = 0; i < 2; i++) {
      assertThat(client.get("/").read().status()).isEqualTo(403);
    }
    assertThat(gateway.audit().awaitContaining("access-refused"))
        .contains("\"reason\":\"client_certificate_missing\"", "showed no certificate");
    assertThat(origin.requests()).isEmpty();
    assertThat(gateway.statusOf(user)).isEqualTo(200);
  }

  @Test
  void whoIsRefusedIsNotToldWhichRoutesThereAre() throws IOException {
    start("mode = required, refuse-with = 403", "");
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.get(1, "/nowhere");
    assertThat(client.readHead(1).status()).hasToString("403");
  }

  // ---- who is let in no more

  private void deny(String line) throws IOException {
    Files.writeString(gateway.file(DENIED), "# since today\n" + line + "\n");
  }

  private static final String ROTATIONS = "gateway_tls_rotations_total";
  private static final String DENYING = "mode = required, deny = denied.txt";

  @Test
  void aClientThatIsDeniedIsRefused() throws IOException {
    deny(sha256(user));
    Origin origin = start(DENYING, "");
    assertThat(gateway.statusOf(user)).isZero();
    assertThat(gateway.assertHandshakeRefused("client_certificate_denied"))
        .contains("is on the deny list, SHA-256 ");
    assertThat(gateway.statusOf(TestPki.USER)).isEqualTo(200);
    assertThat(origin.requests()).hasSize(1);
  }

  /** As openssl prints them. */
  private String serial(Identity of) throws Exception {
    Identity.writeCertificates(gateway.file("user.pem"), of.chain());
    List<String> said =
        PageCommands.run(
                gateway.folder(), PageCommands.of("tls.md", "openssl x509 -in user").getFirst())
            .lines()
            .toList();
    return said.get(0).replace("serial=", "serial:")
        + " "
        + said.get(1).replaceFirst("issuer= *", "issuer:");
  }

  @Test
  void aClientMayBeDeniedByItsIssuerAndSerial() throws Exception {
    deny(serial(user));
    start(DENYING, "");
    assertThat(gateway.statusOf(user)).isZero();
    assertThat(gateway.statusOf(TestPki.USER)).isEqualTo(200);
  }

  @Test
  void aClientMayBeDeniedByItsFingerprintAsOpensslPrintsIt() throws Exception {
    Identity.writeCertificates(gateway.file("user.pem"), user.chain());
    String said =
        PageCommands.run(
            gateway.folder(), PageCommands.of("tls.md", "openssl x509 -in user").getLast());
    deny(said.strip().replaceFirst("(?i)sha256 fingerprint=", "sha256:"));
    start(DENYING, "");
    assertThat(gateway.statusOf(user)).isZero();
    assertThat(gateway.statusOf(TestPki.USER)).isEqualTo(200);
  }

  @Test
  void whoIsVouchedForByADeniedAuthorityFallsWithIt() throws IOException {
    CertificateAuthority between = TestPki.USERS.intermediate("between", KeyKind.EC_P256);
    deny(
        "sha256:"
            + sallyport.credentials.certificates.Certificates.fingerprint(between.certificate()));
    start(DENYING, "");
    assertThat(gateway.statusOf(between.issue(CertificateRequest.of("user").usage(CLIENT_AUTH))))
        .isZero();
  }

  @Test
  void aConnectionOfADeniedClientIsCutAtOnceAndNobodyElses() throws IOException {
    start(DENYING, UNWATCHED);
    SSLContext remembers = TestPki.context(user, TestPki.FRONT);
    RawClient theirs = connect(remembers);
    RawClient others = connect(TestPki.USER);
    assertThat(theirs.get("/").read().status()).isEqualTo(200);
    assertThat(others.get("/").read().status()).isEqualTo(200);
    deny(sha256(user));
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    assertThat(theirs.isClosedByPeer()).isTrue();
    assertThat(others.get("/").read().status()).isEqualTo(200);
    assertThat(gateway.audit().awaitContaining("client-cut"))
        .contains("\"listener\":\"https\"", "\"fingerprint\":\"" + fingerprint(user) + "\"");
    assertThat(gateway.metric("gateway_tls_clients_cut_total")).isEqualTo(1);
    // The session that was begun before is no way in either.
    assertThat(gateway.statusOf(remembers)).isZero();
    assertThat(gateway.assertHandshakeRefused("client_certificate_denied"))
        .contains("is on the deny list");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aSessionOfADeniedClientIsNotResumed(String version) throws IOException {
    Origin origin = start(DENYING, UNWATCHED);
    SSLContext remembers = TestPki.context(user, TestPki.FRONT);
    assertThat(gateway.statusOf(remembers, version)).isEqualTo(200);
    assertThat(gateway.statusOf(remembers, version)).isEqualTo(200);
    assertThat(gateway.metric("gateway_tls_handshakes_total", "resumed=\"true\"")).isEqualTo(1);
    deny(sha256(user));
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    assertThat(gateway.statusOf(remembers, version)).isZero();
    assertThat(origin.requests()).hasSize(2);
    gateway.audit().awaitContaining("client_certificate_denied");
  }

  @Test
  void theFileIsWatched() throws IOException {
    start(DENYING, "keys.watch = 100ms");
    RawClient client = connect(user);
    assertThat(client.get("/").read().status()).isEqualTo(200);
    deny(sha256(user));
    assertThat(client.isClosedByPeer()).isTrue();
    assertThat(gateway.audit().awaitContaining("keys-rotated"))
        .contains("\"use\":\"denied\"", "\"from\":\"0 denied\"", "\"to\":\"1 denied\"");
  }

  @Test
  void anHttp2ConnectionIsCutWithItsStreams() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch gone =
        startOpenEnded(
            r -> {
              r.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart");
              asked.countDown();
            });
    RawHttp2 client =
        gateway.closing(RawHttp2.connect(gateway.https(), TestPki.context(user, TestPki.FRONT)));
    client.get(1, "/");
    assertThat(client.readHead(1).status()).hasToString("200");
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    deny(sha256(user));
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    // The end comes without a word: no GOAWAY, and no frame that ends the stream.
    assertThatThrownBy(() -> client.readUntil(f -> f.type() == RawHttp2.GOAWAY))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(SocketTimeoutException.class);
    assertThat(gone.await(20, TimeUnit.SECONDS)).as("the backend's end").isTrue();
  }

  /** RFC 8441: it is one stream of a connection, which falls as a whole. */
  @Test
  void aWebSocketOverHttp2IsCutToo() throws Exception {
    String before =
        serial(TestPki.STRANGERS.issue(CertificateRequest.of("else").usage(CLIENT_AUTH)));
    deny(before);
    CountDownLatch gone = startWebSockets("part");
    RawHttp2 client = tunnel(user);
    RawHttp2 other = tunnel(TestPki.USER);
    deny(before + "\n" + serial(user));
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    // The end comes without a word: no frame that ends the stream.
    assertThatThrownBy(() -> client.readUntil(f -> f.type() == RawHttp2.RST_STREAM))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(SocketTimeoutException.class);
    assertThat(gone.await(20, TimeUnit.SECONDS)).as("the backend's end").isTrue();
    assertThat(gateway.metric("gateway_tls_clients_cut_total")).isEqualTo(1);
    // Nobody else's is.
    other.send(RawHttp2.PING, 0, 0, new byte[8]);
    assertThat(other.readUntil(f -> f.type() == RawHttp2.PING).flags()).isEqualTo(1);
  }

  /**
   * Serves WebSockets.
   *
   * @param greeting what each says as soon as it is one
   * @return counts down when one ends for the backend
   */
  private CountDownLatch startWebSockets(String greeting) {
    return startOpenEnded(
        r -> {
          r.agreeToWebSocket();
          r.write(greeting);
        });
  }

  /**
   * Serves exchanges that only the end of their connection ends.
   *
   * @return counts down when one ends for the backend
   */
  private CountDownLatch startOpenEnded(Origin.Handler beginning) {
    CountDownLatch gone = new CountDownLatch(1);
    Origin origin =
        gateway.origin(
            r -> {
              beginning.handle(r);
              if (r.raw().read() < 0) {
                gone.countDown();
              }
            });
    gateway.start(
        Setup.to(origin)
            .tls("client-auth { trust = clients-ca.pem, " + DENYING + " }")
            .gateway(UNWATCHED));
    return gone;
  }

  private RawHttp2 tunnel(Identity identity) throws IOException {
    RawHttp2 client =
        gateway.closing(
            RawHttp2.connect(gateway.https(), TestPki.context(identity, TestPki.FRONT)));
    client.requestWebSocket(1, "/chat");
    assertThat(client.readHead(1).status()).hasToString("200");
    assertThat(client.readUntil(f -> f.type() == RawHttp2.DATA).payload())
        .asString()
        .isEqualTo("part");
    return client;
  }

  @Test
  void aWebSocketIsCutToo() throws Exception {
    CountDownLatch gone = startWebSockets("");
    RawClient client = connect(user);
    client.send(
        "GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            + KEY
            + "\r\n\r\n");
    assertThat(client.readHead().status()).isEqualTo(101);
    deny(sha256(user));
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    assertThat(client.isClosedByPeer()).isTrue();
    assertThat(gone.await(20, TimeUnit.SECONDS)).as("the backend's end").isTrue();
  }

  @Test
  void whoIsTakenOffTheListStaysDeniedUntilSomebodySaysWhy() throws IOException {
    deny(sha256(user));
    start(DENYING, UNWATCHED);
    deny(sha256(TestPki.USER));
    assertThat(gateway.gateway().reload("test", null)).isFalse();
    assertThat(gateway.audit().awaitContaining("rotation-refused"))
        .contains("1 certificates that the file no longer names stay denied");
    // What is added holds at once all the same.
    assertThat(gateway.audit().awaitContaining("keys-rotated")).contains("\"to\":\"2 denied\"");
    assertThat(gateway.metric(ROTATIONS, "use=\"denied\"", "outcome=\"refused\"")).isEqualTo(1);
    assertThat(gateway.statusOf(user)).isZero();
    assertThat(gateway.statusOf(TestPki.USER)).isZero();
    assertThat(gateway.gateway().reload("test", "it was another card")).isTrue();
    assertThat(gateway.statusOf(user)).isEqualTo(200);
    assertThat(gateway.statusOf(TestPki.USER)).isZero();
    assertThat(gateway.audit().awaitContaining("it was another card"))
        .contains("\"loosened\":\"lets in 1 certificates that were denied\"");
  }

  @Test
  void aListThatCannotBeReadIsRefusedAndTheOldOneHolds() throws IOException {
    deny(sha256(user));
    start(DENYING, UNWATCHED);
    deny("user@clinic.test");
    assertThat(gateway.gateway().reload("test", null)).isFalse();
    assertThat(gateway.audit().awaitContaining("rotation-refused"))
        .contains("line 2 of '", "is neither sha256:FINGERPRINT nor serial:HEX issuer:NAME");
    assertThat(gateway.statusOf(user)).isZero();
  }

  @Test
  void aListThatCannotBeReadStopsTheStart() throws IOException {
    deny("serial:xyz issuer:CN=users");
    assertThat(catchThrowable(() -> start(DENYING, "")))
        .hasMessageContaining("listeners.https.tls.client-auth.deny: line 2 of '");
  }

  @Test
  void whereTheRefusedAreAnsweredADeniedClientIsCutAndThenAnswered() throws IOException {
    start(DENYING + ", refuse-with = 403", UNWATCHED);
    RawClient client = connect(user);
    assertThat(client.get("/").read().status()).isEqualTo(200);
    deny(sha256(user));
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    assertThat(client.isClosedByPeer()).isTrue();
    assertThat(gateway.statusOf(user)).isEqualTo(403);
    assertThat(gateway.audit().awaitContaining("access-refused"))
        .contains("\"reason\":\"client_certificate_denied\"", "is on the deny list, SHA-256 ");
  }

  // ---- what a client is told

  /** RFC 8446 section 6.2; never internal_error (80), for which nobody looks at the client. */
  @ParameterizedTest
  @CsvSource({
    "stranger,48",
    "server,43",
    "weak,42",
    "expired,45",
    "deep,48",
    "unlisted,46",
    "denied,46",
    "none,40",
  })
  void theAlertSaysWhatIsWrong(String who, int alert) throws Exception {
    Identity denied =
        TestPki.USERS.issue(
            CertificateRequest.of("denied").dns("lab.clinic.test").usage(CLIENT_AUTH));
    deny(sha256(denied));
    start(DENYING + ", max-depth = 0, allow = [ \"dns:lab.clinic.test\" ]", "");
    Identity identity = who.equals("denied") ? denied : shown(who);
    identity.write(gateway.file("user.pem"), gateway.file("user.key"));
    String shows = who.equals("none") ? "" : " -cert user.pem -key user.key";
    if (who.equals("deep")) {
      shows += " -cert_chain user.pem";
    }
    for (String version : new String[] {"-tls1_2", "-tls1_3"}) {
      int expected = who.equals("none") && version.equals("-tls1_3") ? 116 : alert;
      assertThat(
              PageCommands.run(
                  gateway.folder(),
                  "openssl s_client -cipher DEFAULT@SECLEVEL=0 %s -ign_eof%s -connect 127.0.0.1:%d || true"
                      .formatted(version, shows, gateway.https().getPort())))
          .contains("SSL alert number " + expected);
    }
  }
}
