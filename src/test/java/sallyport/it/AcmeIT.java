package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.credentials.certificates.Certificates;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.Nginx;
import sallyport.testkit.OneLane;
import sallyport.testkit.Pebble;
import sallyport.testkit.RawClient;
import sallyport.testkit.Secrets;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.Identity;

/** Certificates that an authority issues by itself: Let's Encrypt's test server. */
@OneLane("Orders run on threads of their own; RotationIT puts their results to use.")
class AcmeIT {
  private static final String NAME = "portal.acme.test";
  private static final String ONLY_ISSUED = "[ { acme = pebble, names = [ portal.acme.test ] } ]";

  /** Nothing is renewed while a test runs. */
  private static final Duration LONG = Duration.ofDays(90);

  /** Renewed within six seconds of its issue, where 95 % of it may be left. */
  private static final Duration SHORT = Duration.ofMinutes(2);

  private static final String SOON = "renew { lifetime-left = 0.95, retry-first = 100ms }";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Pebble authority(Duration validity) throws Exception {
    return gateway.closing(Pebble.start(gateway.folder(), validity));
  }

  private void start(Pebble authority, String certificates, String account) throws Exception {
    Secrets.write(gateway.file("acme.pass"), "correct horse battery staple");
    authority.hold();
    gateway.startWith(configuration(authority, certificates, account));
    authority.reaches(gateway.http(), gateway.https());
  }

  private String configuration(Pebble authority, String certificates, String account) {
    return Setup.to(gateway.origin(r -> r.reply(200, "hello"))).certificates(certificates).hocon()
        + account(authority, account);
  }

  private static String account(Pebble authority, String more) {
    return """
        gateway.acme.pebble {
          directory = "%s"
          contact = [ "mailto:ops@acme.test" ]
          terms-agreed = true
          store = acme
          passphrase.file = acme.pass
          trust = ca.pem
          %s
        }
        """
        .formatted(authority.directory(), more);
  }

  private RawClient connect(SSLContext context) throws IOException {
    return gateway.closing(RawClient.tls(gateway.https(), context, NAME));
  }

  private static X509Certificate shown(RawClient client) throws IOException {
    return shown((SSLSocket) client.socket());
  }

  private static X509Certificate shown(SSLSocket socket) throws IOException {
    return (X509Certificate) socket.getSession().getPeerCertificates()[0];
  }

  private List<String> audited(String event) {
    return gateway.audit().all().stream().filter(line -> line.contains(event)).toList();
  }

  private List<Path> stored(String ending) throws IOException {
    try (Stream<Path> files = Files.walk(gateway.file("acme"))) {
      return files.filter(file -> file.toString().endsWith(ending)).toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http-01", "tls-alpn-01"})
  void aCertificateIsIssuedAndServed(String challenge) throws Exception {
    Pebble authority = authority(LONG);
    start(authority, ONLY_ISSUED, "challenge = " + challenge);
    assertThat(gateway.audit().awaitContaining("acme-issued"))
        .contains("\"account\":\"pebble\"", "\"names\":\"portal.acme.test\"", "\"not_after\":\"");
    gateway.audit().awaitContaining("keys-rotated");
    assertThat(connect(authority.context()).get("/").read().status()).isEqualTo(200);
    assertThat(audited("acme-account-made")).hasSize(1);
    assertThat(audited("acme-ordered")).hasSize(1);
    assertThat(audited("acme-failed")).isEmpty();
    assertThat(gateway.metric("gateway_acme_orders_total", "outcome=\"issued\"")).isEqualTo(1);
    assertThat(
            gateway.metric(
                "gateway_tls_certificate_days_left", "portal.acme.test-ec.pem", "position=\"0\""))
        .isBetween(88.0, 90.0);
  }

  /** A backend that knows what the authority has issued, and says whom it was shown. */
  private Nginx backend(Pebble authority) throws Exception {
    Identity.writeCertificates(gateway.file("pebble.pem"), List.of(authority.root()));
    return gateway.closing(
        Nginx.start(
            gateway.file("nginx"),
            "",
            "ssl_client_certificate %s/pebble.pem; ssl_verify_client on; ssl_verify_depth 3;"
                .formatted(gateway.folder()),
            "location / { return 200 $ssl_client_serial; }"));
  }

  private void startWithIdentity(Pebble authority, Nginx backend, String account) throws Exception {
    Secrets.write(gateway.file("acme.pass"), "correct horse battery staple");
    authority.hold();
    gateway.startWith(
        Setup.to(backend.address())
                .upstreamTls(
                    """
                    certificate = null
                    certificate { acme = pebble, names = [ gateway.acme.test ] }
                    """)
                .hocon()
            + account(authority, account));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http-01", "tls-alpn-01"})
  void theIdentityTowardsABackendIsIssuedToo(String challenge) throws Exception {
    Pebble authority = authority(LONG);
    startWithIdentity(authority, backend(authority), "challenge = " + challenge);
    RawClient.Response early = gateway.connect().get("/").read();
    assertThat(early.status()).isEqualTo(503);
    assertThat(gateway.audit().awaitContaining("backend-refused"))
        .contains("tls_certificate_awaited", "has yet to be issued for gateway.acme.test");
    assertThat(gateway.admin("/readyz").body())
        .isEqualTo("ready\nno certificate yet: gateway.acme.test\n");
    authority.reaches(gateway.http(), gateway.https());
    String issued = gateway.audit().awaitContaining("acme-issued");
    gateway.audit().awaitContaining("keys-rotated");
    RawClient.Response response = gateway.connect().get("/").read();
    assertThat(response.status()).isEqualTo(200);
    // The backend writes whole octets, the log a number.
    assertThat(issued)
        .containsIgnoringCase("\"serial\":\"" + response.body().replaceFirst("^0+", ""));
    assertThat(gateway.admin("/readyz").body()).isEqualTo("ready\n");
    assertThat(stored("gateway.acme.test-ec-client.pem")).hasSize(1);
  }

  @Test
  void theIdentityTowardsABackendIsRenewed() throws Exception {
    Pebble authority = authority(SHORT);
    startWithIdentity(authority, backend(authority), SOON);
    authority.reaches(gateway.http(), gateway.https());
    String renewed = gateway.audit().awaitContaining("acme-renewed");
    gateway.audit().awaitContaining("keys-rotated", 2);
    assertThat(renewed).contains("\"names\":\"gateway.acme.test\"");
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
  }

  @Test
  void oneCertificateCoversSeveralNamesWithAnRsaKey() throws Exception {
    Pebble authority = authority(LONG);
    start(
        authority,
        "[ { acme = pebble, names = [ portal.acme.test, Lab.acme.test ], key-type = rsa } ]",
        "");
    gateway.audit().awaitContaining("keys-rotated");
    RawClient lab = RawClient.tls(gateway.https(), authority.context(), "lab.acme.test");
    gateway.closing(lab);
    assertThat(shown(lab).getPublicKey().getAlgorithm()).isEqualTo("RSA");
    assertThat(shown(connect(authority.context()))).isEqualTo(shown(lab));
  }

  @Test
  void twoKindsOfKeyForOneNameAreOrderedOneAfterTheOther() throws Exception {
    Pebble authority = authority(LONG);
    start(
        authority,
        "[ { acme = pebble, names = [ portal.acme.test ] }"
            + ", { acme = pebble, names = [ portal.acme.test ], key-type = rsa } ]",
        "");
    gateway.audit().awaitContaining("acme-issued", 2);
    assertThat(audited("acme-failed")).isEmpty();
    assertThat(audited("acme-account-made")).hasSize(1);
  }

  @Test
  void untilThereIsOneHandshakesAreRefusedAndTheGatewayIsNotReady() throws Exception {
    Pebble authority = authority(LONG);
    authority.resolveTo(Pebble.ELSEWHERE);
    LogLines said = gateway.closing(new LogLines("sallyport.credentials.acme.CertificateRenewer"));
    start(authority, ONLY_ISSUED, "renew { retry-first = 100ms, retry-longest = 500ms }");
    assertThatThrownBy(() -> connect(authority.context())).hasMessageContaining("internal_error");
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("\"reason\":\"no_certificate\"");
    assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(503);
    assertThat(gateway.admin("/readyz").body())
        .isEqualTo("awaiting-certificates\nno certificate yet: portal.acme.test\n");
    assertThat(gateway.audit().awaitContaining("acme-failed"))
        .contains(
            "\"problem\":\"unauthorized\"", "Failed to connect to 127.0.0.2", "\"next_try\":\"");
    assertThat(said.awaitContaining("no new certificate")).contains("portal.acme.test");
    authority.resolveTo("127.0.0.1");
    gateway.audit().awaitContaining("keys-rotated");
    assertThat(connect(authority.context()).get("/").read().status()).isEqualTo(200);
    assertThat(gateway.admin("/readyz").body()).isEqualTo("ready\n");
  }

  @Test
  void otherCertificatesAreServedMeanwhileButNotForTheNameThatIsAwaited() throws Exception {
    Pebble authority = authority(LONG);
    authority.resolveTo(Pebble.ELSEWHERE);
    start(
        authority,
        "[ { acme = pebble, names = [ portal.acme.test ] }, { chain = server.pem, key = server.key } ]",
        "");
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    assertThatThrownBy(() -> connect(authority.context())).hasMessageContaining("internal_error");
    assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(200);
    assertThat(gateway.admin("/readyz").body())
        .isEqualTo("ready\nno certificate yet: portal.acme.test\n");
  }

  @Test
  void aRenewalIsSwappedInWhileAConnectionStaysOpen() throws Exception {
    Pebble authority = authority(SHORT);
    start(authority, ONLY_ISSUED, SOON);
    gateway.audit().awaitContaining("keys-rotated");
    SSLContext context = authority.context();
    RawClient before = connect(context);
    assertThat(before.get("/").read().status()).isEqualTo(200);
    String used = "\"from\":\"" + Certificates.fingerprint(shown(before)) + "\"";
    assertThat(gateway.audit().await(line -> line.contains("keys-rotated") && line.contains(used)))
        .contains("\"trigger\":\"acme\"");
    gateway.audit().awaitContaining("acme-renewed");
    RawClient after = connect(authority.context());
    assertThat(shown(after).getSerialNumber()).isNotEqualTo(shown(before).getSerialNumber());
    assertThat(before.get("/").read().status()).isEqualTo(200);
    assertThat(gateway.metric("gateway_tls_handshake_failures_total")).isZero();
  }

  @Test
  void anOrderThatFailsKeepsTheOldOneAndIsTriedAgainLaterAndLater() throws Exception {
    Pebble authority = authority(SHORT);
    start(authority, ONLY_ISSUED, "renew { lifetime-left = 0.95, retry-first = 200ms }");
    gateway.audit().awaitContaining("keys-rotated");
    SSLContext context = authority.context();
    authority.resolveTo(Pebble.ELSEWHERE);
    gateway.audit().awaitContaining("acme-failed", 4);
    assertThat(connect(context).get("/").read().status()).isEqualTo(200);
    // A try fails after the time that was told for it, and its pause is three quarters of the
    // double
    // of the one before at least.
    List<Instant> tries = audited("acme-failed").stream().map(AcmeIT::nextTry).toList();
    assertThat(tries.get(1)).isAfterOrEqualTo(tries.get(0).plusMillis(300));
    assertThat(tries.get(2)).isAfterOrEqualTo(tries.get(1).plusMillis(600));
    assertThat(tries.get(3)).isAfterOrEqualTo(tries.get(2).plusMillis(1200));
    assertThat(gateway.metric("gateway_acme_failures_total", "problem=\"unauthorized\""))
        .isGreaterThan(3);
    authority.resolveTo("127.0.0.1");
    gateway.audit().awaitContaining("acme-renewed");
  }

  private static Instant nextTry(String failed) {
    return Instant.parse(failed.replaceAll(".*\"next_try\":\"([^\"]+)\".*", "$1"));
  }

  @Test
  void afterARestartTheStoredCertificateServesAndNoneIsOrdered() throws Exception {
    Pebble authority = authority(LONG);
    start(authority, ONLY_ISSUED, "");
    gateway.audit().awaitContaining("keys-rotated");
    SSLContext context = authority.context();
    final X509Certificate first = shown(connect(context));
    gateway.stop();
    authority.close();
    LogLines said = gateway.closing(new LogLines("sallyport.credentials.acme.CertificateRenewer"));
    start(authority, ONLY_ISSUED, "");
    assertThat(shown(connect(context))).isEqualTo(first);
    assertThat(gateway.admin("/readyz").body()).isEqualTo("ready\n");
    said.awaitContaining("ordered next at ");
    assertThat(audited("acme-ordered")).hasSize(1);
    assertThat(audited("acme-failed")).isEmpty();
  }

  @Test
  void aNameThatIsAddedIsOrderedWhileTheOldCertificateServes() throws Exception {
    Pebble authority = authority(LONG);
    start(authority, ONLY_ISSUED, "");
    gateway.audit().awaitContaining("keys-rotated");
    gateway.stop();
    start(authority, "[ { acme = pebble, names = [ portal.acme.test, lab.acme.test ] } ]", "");
    gateway.audit().awaitContaining("acme-renewed");
    gateway.audit().awaitContaining("keys-rotated", 2);
    RawClient.tls(gateway.https(), authority.context(), "lab.acme.test").close();
  }

  @Test
  void aNameThatIsTakenAwayIsLeftOutOfTheNextOne() throws Exception {
    Pebble authority = authority(LONG);
    start(authority, "[ { acme = pebble, names = [ portal.acme.test, lab.acme.test ] } ]", "");
    gateway.audit().awaitContaining("keys-rotated");
    gateway.stop();
    start(authority, ONLY_ISSUED, "");
    gateway.audit().awaitContaining("keys-rotated", 2);
    assertThat(shown(connect(authority.context())).getSubjectAlternativeNames()).hasSize(1);
  }

  @Test
  void aWrongPassphraseStopsTheStartAndSaysWhere() throws Exception {
    Pebble authority = authority(LONG);
    start(authority, ONLY_ISSUED, "");
    gateway.audit().awaitContaining("keys-rotated");
    gateway.stop();
    Secrets.write(gateway.file("other.pass"), "wrong");
    String wrong = configuration(authority, ONLY_ISSUED, "passphrase.file = other.pass");
    assertThatThrownBy(() -> gateway.startWith(wrong))
        .hasMessageContaining("configuration:")
        .hasMessageContaining("acme.pebble.store: ")
        .hasMessageContaining("account.key' does not open with the passphrase from the file")
        .hasMessageContaining("listeners.https.tls.certificates[0].acme: ");
  }

  @Test
  void keysAreKeptEncryptedAndForTheirOwnerAlone() throws Exception {
    Pebble authority = authority(LONG);
    start(authority, ONLY_ISSUED, "");
    gateway.audit().awaitContaining("keys-rotated");
    List<Path> files = List.of(stored("account.key").getFirst(), stored("-ec.pem").getFirst());
    for (Path file : files) {
      assertThat(Files.getPosixFilePermissions(file))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      assertThat(Files.readString(file))
          .startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
          .doesNotContain("BEGIN PRIVATE KEY", "BEGIN EC PRIVATE KEY");
      assertThat(Files.getPosixFilePermissions(file.getParent()))
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }
    assertThat(stored(".new")).isEmpty();
  }

  // ---- an authority that knows its customers

  private static final String KEY_ID = "clinic-1";
  private static final String MAC_KEY =
      "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
  private static final String CUSTOMER =
      "external-account { key-id = " + KEY_ID + ", mac-key.file = eab.key }";

  private Pebble authorityForCustomers() throws Exception {
    return gateway.closing(Pebble.startForCustomer(gateway.folder(), LONG, KEY_ID, MAC_KEY));
  }

  @Test
  void aCustomerGetsAnAccountByTheKeyThatTheAuthorityGave() throws Exception {
    Secrets.write(gateway.file("eab.key"), MAC_KEY + "\n");
    Pebble authority = authorityForCustomers();
    start(authority, ONLY_ISSUED, CUSTOMER);
    gateway.audit().awaitContaining("keys-rotated");
    assertThat(connect(authority.context()).get("/").read().status()).isEqualTo(200);
    assertThat(audited("acme-account-made")).hasSize(1);
    assertThat(audited("acme-failed")).isEmpty();
  }

  @Test
  void withoutThatKeyItIsSaidWhatToSet() throws Exception {
    start(authorityForCustomers(), ONLY_ISSUED, "");
    assertThat(gateway.audit().awaitContaining("acme-failed"))
        .contains(
            "\"problem\":\"externalAccountRequired\"",
            "the authority makes accounts for its customers alone: set acme.pebble.external-account"
                + " to the key-id and the mac-key that it gave you");
  }

  @Test
  void byAnotherKeyNoAccountIsMade() throws Exception {
    Secrets.write(gateway.file("eab.key"), MAC_KEY.replace('z', 'y'));
    start(authorityForCustomers(), ONLY_ISSUED, CUSTOMER);
    assertThat(gateway.audit().awaitContaining("acme-failed"))
        .contains("\"problem\":\"unauthorized\"", "external account binding");
    assertThat(audited("acme-account-made")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"no base64 at all, is not base64", "c2hvcnQ, 'has 5 octets, and needs 32'"})
  void aKeyThatNoAuthorityGaveStopsTheStart(String macKey, String said) throws Exception {
    Secrets.write(gateway.file("eab.key"), macKey);
    Secrets.write(gateway.file("acme.pass"), "correct horse battery staple");
    Pebble authority = authority(LONG);
    assertThat(gateway.problem(configuration(authority, ONLY_ISSUED, CUSTOMER)).problems())
        .singleElement()
        .asString()
        .contains("acme.pebble.external-account.mac-key: ")
        .endsWith("the secret from the file '" + gateway.file("eab.key") + "' " + said)
        .doesNotContain(macKey);
  }

  // ---- what challenges are answered

  /**
   * Lets the authority ask elsewhere, where it waits: so that a promise lasts while it is tried.
   */
  private ServerSocket elsewhere(Pebble authority, int port) throws Exception {
    authority.resolveTo(Pebble.ELSEWHERE);
    return gateway.closing(new ServerSocket(port, 10, InetAddress.ofLiteral(Pebble.ELSEWHERE)));
  }

  @Test
  void thePlainListenerAnswersNoMoreThanTheAuthorityAsksFor() throws Exception {
    Pebble authority = authority(LONG);
    ServerSocket elsewhere = elsewhere(authority, authority.httpPort());
    start(authority, ONLY_ISSUED, "challenge = http-01");
    String path;
    try (Socket asking = elsewhere.accept()) {
      BufferedReader request =
          new BufferedReader(
              new InputStreamReader(asking.getInputStream(), StandardCharsets.US_ASCII));
      path = request.readLine().split(" ", 3)[1];
      assertThat(path).startsWith("/.well-known/acme-challenge/");
      RawClient.Response found = ask("GET", path, NAME);
      assertThat(found.status()).isEqualTo(200);
      assertThat(found.body()).startsWith(path.substring(path.lastIndexOf('/') + 1) + ".");
      assertThat(ask("HEAD", path, NAME).status()).isEqualTo(200);
      RawClient.Response post = ask("POST", path, NAME);
      assertThat(post.status()).isEqualTo(405);
      assertThat(post.header("allow")).isEqualTo("GET, HEAD");
      assertThat(ask("GET", path, "other.acme.test").status()).isEqualTo(404);
      assertThat(ask("GET", path + "x", NAME).status()).isEqualTo(404);
    }
    gateway.audit().awaitContaining("acme-failed");
    assertThat(ask("GET", path, NAME).status()).isEqualTo(404);
  }

  private RawClient.Response ask(String method, String path, String host) throws IOException {
    try (RawClient client = RawClient.plain(gateway.http())) {
      client.send(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      return method.equals("HEAD") ? client.readWithoutBody() : client.read();
    }
  }

  @Test
  void theTlsListenerAnswersAcmeForTheNameThatIsAskedAndNothingMore() throws Exception {
    Pebble authority = authority(LONG);
    ServerSocket elsewhere = elsewhere(authority, authority.tlsPort());
    start(authority, ONLY_ISSUED, "challenge = tls-alpn-01");
    try (Socket asking = elsewhere.accept()) {
      asking.getInputStream().read();
      SSLSocket answered = acme(NAME, "acme-tls/1");
      assertThat(answered.getApplicationProtocol()).isEqualTo("acme-tls/1");
      X509Certificate shown = shown(answered);
      assertThat(shown.getCriticalExtensionOIDs()).contains("1.3.6.1.5.5.7.1.31");
      assertThat(shown.getSubjectAlternativeNames()).containsExactly(List.of(2, NAME));
      assertClosedWithoutAByte(answered);
      assertThatThrownBy(() -> acme("other.acme.test", "acme-tls/1"))
          .hasMessageContaining("no_application_protocol");
      assertThatThrownBy(() -> acme(NAME, "acme-tls/1", "http/1.1"))
          .hasMessageContaining("no_application_protocol");
      // What other clients get is as it was before: there is no certificate yet.
      assertThatThrownBy(() -> acme(NAME, "http/1.1")).hasMessageContaining("internal_error");
    }
    gateway.audit().awaitContaining("acme-failed");
    assertThatThrownBy(() -> acme(NAME, "acme-tls/1"))
        .hasMessageContaining("no_application_protocol");
    assertThat(gateway.audit().awaitContaining("no_challenge")).contains("handshake-refused");
  }

  private void assertClosedWithoutAByte(SSLSocket socket) throws IOException {
    try {
      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().read()).isNegative();
    } catch (IOException reset) {
      // Closed as well.
    }
  }

  /** A challenge's certificate is signed by itself: an authority looks at what is in it alone. */
  private SSLSocket acme(String name, String... protocols) throws Exception {
    return acme(gateway.https(), name, protocols);
  }

  private SSLSocket acme(InetSocketAddress listener) throws Exception {
    return acme(listener, NAME, "acme-tls/1");
  }

  private SSLSocket acme(InetSocketAddress listener, String name, String... protocols)
      throws Exception {
    SSLParameters parameters = new SSLParameters();
    parameters.setApplicationProtocols(protocols);
    return gateway.closing(
        RawClient.handshake(listener, TestPki.contextThatTrustsAnybody(), name, parameters));
  }

  /** Starts from a file, and waits until the authority asks, elsewhere. */
  private Socket startAndAwaitTheQuestion(
      Pebble authority, ServerSocket elsewhere, String challenge) throws Exception {
    Secrets.write(gateway.file("acme.pass"), "correct horse battery staple");
    authority.hold();
    Files.writeString(
        gateway.file("gateway.conf"), configuration(authority, ONLY_ISSUED, challenge));
    gateway.startFrom(gateway.file("gateway.conf"));
    authority.reaches(gateway.http(), gateway.https());
    return gateway.closing(elsewhere.accept());
  }

  /** Both listeners are other ones afterwards, and one is there that was not. */
  private void reloadListeners() throws IOException {
    Files.writeString(
        gateway.file("gateway.conf"),
        """

        gateway.listeners {
          http.limits.max-connections = 100
          https.limits.max-connections = 100
          https.tls.policy = mozilla-modern
          later = ${gateway.listeners.https} { public-port = 443 }
        }
        """,
        StandardOpenOption.APPEND);
    HttpResponse<String> said = gateway.reload("?allow-weaken=clients+have+no+AES");
    assertThat(said.body())
        .contains("listener http: changed", "listener https: changed", "listener later: added");
  }

  @Test
  void aTlsChallengeThatIsPromisedIsAnsweredAfterAReloadToo() throws Exception {
    Pebble authority = authority(LONG);
    ServerSocket elsewhere = elsewhere(authority, authority.tlsPort());
    try (Socket asking =
        startAndAwaitTheQuestion(authority, elsewhere, "challenge = tls-alpn-01")) {
      asking.getInputStream().read();
      X509Certificate before = shown(acme(gateway.https()));
      reloadListeners();
      assertThat(shown(acme(gateway.https()))).isEqualTo(before);
      assertThat(shown(acme(gateway.gateway().address("later")))).isEqualTo(before);
    }
    gateway.audit().awaitContaining("acme-failed");
    assertThatThrownBy(() -> acme(gateway.https())).hasMessageContaining("no_application_protocol");
  }

  @Test
  void aPageThatIsPromisedIsShownAfterAReloadToo() throws Exception {
    Pebble authority = authority(LONG);
    ServerSocket elsewhere = elsewhere(authority, authority.httpPort());
    try (Socket asking = startAndAwaitTheQuestion(authority, elsewhere, "challenge = http-01")) {
      String path =
          new BufferedReader(
                  new InputStreamReader(asking.getInputStream(), StandardCharsets.US_ASCII))
              .readLine()
              .split(" ", 3)[1];
      reloadListeners();
      assertThat(ask("GET", path, NAME).status()).isEqualTo(200);
    }
  }

  @Test
  void aStopDoesNotWaitForAnOrderThatIsInProgress() throws Exception {
    Pebble authority = authority(LONG);
    ServerSocket elsewhere = elsewhere(authority, authority.tlsPort());
    start(authority, ONLY_ISSUED, "");
    try (Socket asking = elsewhere.accept()) {
      asking.getInputStream().read();
      assertStopsAtOnce();
    }
    assertThat(audited("acme-failed")).isEmpty();
  }

  @Test
  void aStopDoesNotWaitForARenewalThatIsDueLater() throws Exception {
    LogLines said = gateway.closing(new LogLines("sallyport.credentials.acme.CertificateRenewer"));
    start(authority(LONG), ONLY_ISSUED, "");
    said.awaitContaining("ordered next at ");
    assertStopsAtOnce();
  }

  /** What it waited for in vain, it would have said. */
  private void assertStopsAtOnce() {
    LogLines said = gateway.closing(new LogLines("sallyport.credentials.acme.Acme"));
    gateway.stop();
    assertThat(said.all()).isEmpty();
  }
}
