package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.PageCommands;
import sallyport.testkit.RawClient;
import sallyport.testkit.Secrets;
import sallyport.testkit.Setup;
import sallyport.testkit.SoftHsm;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;
import sallyport.tools.pki.Identity;
import sallyport.tools.pki.KeyKind;

/** Keys that stay in a token, on both sides: SoftHSM2 behind its PKCS#11 module. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class Pkcs11IT {
  private static final Identity EC = TestPki.FRONT.issue(server());
  private static final Identity RSA = TestPki.FRONT.issue(server().key(KeyKind.RSA_2048));
  private static final Identity CLIENT =
      TestPki.BACK.issue(CertificateRequest.of("client").usage(Usage.CLIENT_AUTH));

  private static SoftHsm hsm;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static CertificateRequest server() {
    return CertificateRequest.of("server").dns("localhost").usage(Usage.SERVER_AUTH);
  }

  @BeforeAll
  static void fillTheToken() throws Exception {
    hsm = SoftHsm.create();
    hsm.store("ec", "01", EC);
    hsm.store("rsa", "02", RSA);
    hsm.store("client", "03", CLIENT);
    hsm.initialize("umlaut", "gr\\303\\274\\303\\237e1");
  }

  @BeforeEach
  void writeChains() throws IOException {
    Identity.writeCertificates(gateway.file("ec.pem"), EC.chain());
    Identity.writeCertificates(gateway.file("rsa.pem"), RSA.chain());
    Identity.writeCertificates(gateway.file("hsm-client.pem"), CLIENT.chain());
    Secrets.write(gateway.file("pin"), SoftHsm.PIN + "\n");
  }

  private static String inToken(String chain, String key) {
    return inToken(chain, SoftHsm.MODULE, SoftHsm.TOKEN, key);
  }

  private static String inToken(String chain, String module, String token, String key) {
    return """
        { chain = %s, pkcs11 { module = "%s", token = "%s", key = "%s", pin.file = pin } }"""
        .formatted(chain, module, token, key);
  }

  private Setup setup(String certificate) {
    return Setup.to(gateway.origin(r -> r.reply(200, "hello")))
        .certificates("[ " + certificate + " ]");
  }

  private String problem(String certificate) {
    return gateway.problem(setup(certificate).hocon()).problems().getFirst();
  }

  @ParameterizedTest
  @CsvSource({"ec, TLSv1.3", "ec, TLSv1.2", "rsa, TLSv1.3", "rsa, TLSv1.2"})
  void aKeyInATokenSignsForTheServer(String key, String version) throws Exception {
    gateway.start(setup(inToken(key + ".pem", key)));
    SSLParameters only = new SSLParameters();
    only.setProtocols(new String[] {version});
    try (SSLSocket socket =
        RawClient.handshake(
            gateway.https(), TestPki.context(null, TestPki.FRONT), "localhost", only)) {
      X509Certificate served = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      assertThat(served).isEqualTo((key.equals("ec") ? EC : RSA).certificate());
    }
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    assertThat(gateway.audit().awaitContaining("key-used"))
        .contains("\"use\":\"server\"", key + ".pem");
    assertThat(gateway.metric("gateway_keys_signatures_total", "use=\"server\"")).isEqualTo(2);
    assertThat(gateway.metric("gateway_keys_signature_seconds_count", "use=\"server\""))
        .isEqualTo(2);
  }

  @Test
  void aResumedSessionTakesNoSignature() throws Exception {
    gateway.start(setup(inToken("ec.pem", "ec")));
    var remembers = TestPki.context(null, TestPki.FRONT);
    for (int i = 0; i < 3; i++) {
      assertThat(gateway.statusOf(remembers)).isEqualTo(200);
    }
    assertThat(gateway.metric("gateway_keys_signatures_total", "use=\"server\"")).isEqualTo(1);
  }

  @Test
  void aKeyInATokenSignsForTheClient() throws Exception {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.startWith(
        Setup.to(origin)
            .hocon()
            .replace(
                "certificate { chain = client.pem, key = client.key }",
                "certificate " + inToken("hsm-client.pem", "client")));
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    assertThat(origin.requests().getFirst().peer()).isEqualTo(CLIENT.certificate());
    assertThat(gateway.metric("gateway_keys_signatures_total", "use=\"client\"")).isEqualTo(1);
  }

  @Test
  void aKeyInATokenTakesThePlaceOfAFileWhileInUse() throws Exception {
    gateway.start(setup(inToken("ec.pem", "ec")).gateway("keys.watch = 0s"));
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
  }

  @Test
  void aWrongPinOnceTheProcessIsLoggedIn() throws IOException {
    gateway.start(setup(inToken("ec.pem", "ec")));
    Files.writeString(gateway.file("pin"), "000000");
    assertThat(gateway.gateway().reload("test", null)).isFalse();
    assertThat(gateway.audit().awaitContaining("rotation-refused"))
        .contains("it is not the one that this process logged in with");
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
  }

  /** The first of all: a token is asked only before the process is logged in. */
  @Test
  @Order(1)
  void aWrongPin() throws IOException {
    Files.writeString(gateway.file("pin"), "000000");
    assertThat(problem(inToken("ec.pem", "ec")))
        .contains(
            "certificates[0].pkcs11: the token 'sallyport' does not open with the PIN from the"
                + " file '",
            "CKR_PIN_INCORRECT");
  }

  @Test
  void aPinMayHaveAnyCharacters() throws IOException {
    Secrets.write(gateway.file("pin"), "grüße1");
    // It is open, and empty.
    assertThat(problem(inToken("ec.pem", SoftHsm.MODULE, "umlaut", "ec")))
        .contains("the token 'umlaut' has no private key with the label");
  }

  @Test
  void aTokenThatIsNotThere() {
    assertThat(problem(inToken("ec.pem", SoftHsm.MODULE, "other", "ec")))
        .contains("has no token with the label that is written; it has: ", "sallyport")
        .doesNotContain("other");
  }

  @Test
  void aKeyThatIsNotThere() {
    assertThat(problem(inToken("ec.pem", "missing")))
        .contains("the token 'sallyport' has no private key with the label")
        .doesNotContain("missing");
  }

  @Test
  void twoKeysUnderOneLabel() throws Exception {
    for (String id : new String[] {"21", "22"}) {
      hsm.store(
          "twice",
          id,
          TestPki.FRONT.issue(
              CertificateRequest.of("server").dns("localhost").usage(Usage.SERVER_AUTH)));
    }
    assertThat(problem(inToken("ec.pem", "twice")))
        .contains("has 2 keys with certificates under the label 'twice'");
  }

  @Test
  void aModuleThatIsNotThere() {
    assertThat(problem(inToken("ec.pem", "/no/such/module.so", SoftHsm.TOKEN, "ec")))
        .contains("certificates[0].pkcs11.module: there is no file '/no/such/module.so'");
  }

  @Test
  void aModuleThatIsNone() throws IOException {
    Files.writeString(gateway.file("text.so"), "no library");
    assertThat(problem(inToken("ec.pem", "text.so", SoftHsm.TOKEN, "ec")))
        .contains("is not a PKCS#11 module that can be loaded");
  }

  @Test
  void aKeyThatDoesNotFit() {
    assertThat(problem(inToken("ec.pem", "client")))
        .contains("the key does not fit the certificate");
  }

  // ---- a token that goes away and comes back

  private int handshake() throws IOException {
    return gateway.statusOf(TestPki.context(null, TestPki.FRONT));
  }

  /** Takes the token away, and has the gateway notice it. */
  private void takeTheTokenAway() throws IOException {
    hsm.takeAway();
    assertThat(handshake()).isZero();
    assertThat(gateway.audit().awaitContaining("token-away"))
        .contains("\"token\":\"sallyport\"", SoftHsm.MODULE, "CKR_");
  }

  private void putTheTokenBack() throws IOException {
    hsm.putBack();
    gateway.audit().awaitContaining("token-back");
  }

  @Test
  void aTokenThatWasAwaySignsAgainWithoutARestart() throws Exception {
    gateway.start(setup(inToken("ec.pem", "ec")));
    assertThat(gateway.metric("gateway_tls_token_up", "token=\"sallyport\"")).isEqualTo(1);
    assertThat(handshake()).isEqualTo(200);
    takeTheTokenAway();
    try {
      assertThat(gateway.metric("gateway_tls_token_up")).isZero();
      for (String version : new String[] {"-tls1_2", "-tls1_3"}) {
        assertThat(
                PageCommands.run(
                    gateway.folder(),
                    "openssl s_client %s -connect 127.0.0.1:%d || true"
                        .formatted(version, gateway.https().getPort())))
            .contains("SSL alert number 80");
      }
      assertThat(gateway.audit().awaitContaining("handshake-refused"))
          .contains("\"reason\":\"signature_failed\"");
      assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(503);
      assertThat(gateway.admin("/readyz").body()).isEqualTo("token-away\ntoken away: sallyport\n");
      assertThat(handshake()).isZero();
      assertThat(gateway.audit().awaitContaining("the token 'sallyport' is away"))
          .contains("signature-refused");
    } finally {
      putTheTokenBack();
    }
    assertThat(handshake()).isEqualTo(200);
    assertThat(gateway.metric("gateway_tls_token_up", "token=\"sallyport\"")).isEqualTo(1);
    assertThat(gateway.admin("/readyz").body()).isEqualTo("ready\n");
  }

  @Test
  void aReloadIsNotRefusedBecauseOfATokenThatIsAway() throws Exception {
    Path file = gateway.file("gateway.conf");
    String hocon = setup(inToken("ec.pem", "ec")).gateway("keys.token-away = continue").hocon();
    Files.writeString(file, hocon);
    gateway.startFrom(file);
    takeTheTokenAway();
    try {
      assertThat(gateway.reload("").statusCode()).isEqualTo(200);
      // Not of the token, but of the listener that has its key.
      Files.writeString(file, hocon + "gateway.listeners.https.limits.max-connections = 77\n");
      assertThat(gateway.reload("").body()).doesNotContain("refused");
      assertThat(gateway.metric("gateway_config_reloads_total", "outcome=\"applied\""))
          .isEqualTo(1);
      assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(200);
      assertThat(gateway.admin("/readyz").body()).isEqualTo("ready\ntoken away: sallyport\n");
    } finally {
      putTheTokenBack();
    }
    assertThat(handshake()).isEqualTo(200);
  }

  @Test
  void whatIsOpenedFromATokenThatIsAwayIsToldSo() throws Exception {
    Path file = gateway.file("gateway.conf");
    Files.writeString(file, setup(inToken("ec.pem", "ec")).hocon());
    gateway.startFrom(file);
    takeTheTokenAway();
    try {
      Files.writeString(file, setup(inToken("rsa.pem", "rsa")).hocon());
      assertThat(gateway.reload("").body())
          .contains("the token 'sallyport' of '", "is away or does not answer (CKR_")
          .doesNotContain("does not open with the PIN", "has no private key");
    } finally {
      putTheTokenBack();
    }
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    assertThat(handshake()).isEqualTo(200);
  }

  @Test
  void aTokenThatComesBackWithAnotherKeyDoesNotSign() throws Exception {
    gateway.start(setup(inToken("ec.pem", "ec")));
    takeTheTokenAway();
    try {
      hsm.another("ec", "01", TestPki.FRONT.issue(server()));
      gateway.audit().awaitContaining("token-back");
      assertThat(handshake()).isZero();
      assertThat(gateway.audit().awaitContaining("or with another one"))
          .contains("signature-refused", "the token 'sallyport' came back without this key");
    } finally {
      hsm.putBack();
    }
    // Seen by what is tried for the key that is missing.
    gateway.audit().awaitContaining("token-back", 2);
    assertThat(handshake()).isEqualTo(200);
  }
}
