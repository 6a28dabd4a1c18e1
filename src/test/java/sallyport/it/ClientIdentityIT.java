package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;
import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Curl;
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

/**
 * What backends and logs are told of a client's certificate, and what a client cannot tell them.
 */
class ClientIdentityIT {
  private static final String XFCC = "x-forwarded-client-cert";

  private static final List<String> FIELDS = List.of(XFCC, "client-cert", "client-cert-chain");

  /** What a client might send to be taken for somebody else. */
  private static final List<String> SPELLINGS =
      List.of(
          "X-Forwarded-Client-Cert",
          "x-FORWARDED-client-cert",
          "Client-Cert",
          "CLIENT-CERT-CHAIN",
          "X_Forwarded_Client_Cert",
          "Client_Cert",
          "client.cert",
          "Client_Cert-Chain");

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static CertificateRequest user() {
    return CertificateRequest.of("user").usage(CLIENT_AUTH);
  }

  private Origin start(String clientAuth, String listener) {
    Origin origin = gateway.origin(r -> r.answer(200, String.join(",", r.trailers())));
    gateway.start(
        Setup.to(origin)
            .tls("client-auth { mode = optional, trust = clients-ca.pem, " + clientAuth + " }")
            .listener(listener));
    return origin;
  }

  private RawClient connect(@Nullable Identity identity) throws IOException {
    return gateway.closing(
        RawClient.tls(gateway.https(), TestPki.context(identity, TestPki.FRONT), "localhost"));
  }

  private Origin.Request seen(Origin origin, @Nullable Identity identity, String... fields)
      throws IOException {
    assertThat(connect(identity).get("/", fields).read().status()).isEqualTo(200);
    return origin.requests().getLast();
  }

  /** As openssl says it, lower case and without colons. */
  private String fingerprint(Identity identity) throws Exception {
    Identity.writeCertificates(gateway.file("shown.pem"), List.of(identity.certificate()));
    String said =
        PageCommands.run(
            gateway.folder(), "openssl x509 -in shown.pem -noout -fingerprint -sha256");
    return said.substring(said.indexOf('=') + 1).strip().replace(":", "").toLowerCase(Locale.ROOT);
  }

  // ---- what a backend is told

  @Test
  void aBackendIsToldAsEnvoyTellsIt() throws Exception {
    TestPki.FRONT
        .issue(
            CertificateRequest.of("server")
                .dns("localhost")
                .uri("spiffe://clinic.test/gateway")
                .usage(SERVER_AUTH))
        .write(gateway.file("server.pem"), gateway.file("server.key"));
    Identity user =
        TestPki.USERS.issue(
            user().uri("spiffe://clinic.test/lab").dns("Lab.clinic.test").email("lab@clinic.test"));
    Origin origin = start("forward = [ xfcc ]", "");
    assertThat(seen(origin, user).all(XFCC))
        .containsExactly(
            "By=spiffe://clinic.test/gateway;Hash="
                + fingerprint(user)
                + ";Subject=\"CN=user,O=Sallyport development\";URI=spiffe://clinic.test/lab"
                + ";DNS=lab.clinic.test");
    assertThat(origin.requests().getLast().all("client-cert")).isEmpty();
  }

  @Test
  void theCertificateGoesAlongWhereItIsAskedFor() throws Exception {
    Origin origin = start("forward = [ xfcc-cert ]", "");
    String value = seen(origin, TestPki.USER).header(XFCC);
    assertThat(value).startsWith("Hash=" + fingerprint(TestPki.USER) + ";Cert=\"");
    String pem = value.substring(value.indexOf("Cert=\"") + 6);
    pem = URLDecoder.decode(pem.substring(0, pem.indexOf('"')), StandardCharsets.US_ASCII);
    Files.writeString(gateway.file("told.pem"), pem);
    assertThat(
            PageCommands.run(
                gateway.folder(), "openssl x509 -in told.pem -outform der | openssl dgst -sha256"))
        .contains(fingerprint(TestPki.USER));
  }

  @Test
  void aBackendIsToldAsRfc9440HasIt() throws Exception {
    CertificateAuthority between = TestPki.USERS.intermediate("between", KeyKind.EC_P256);
    Identity user = between.issue(user());
    Origin origin = start("forward = [ rfc9440-chain ]", "");
    Origin.Request request = seen(origin, user);
    assertThat(request.all("client-cert")).containsExactly(sequence(user.certificate()));
    assertThat(request.all("client-cert-chain")).containsExactly(sequence(between.certificate()));
    assertThat(request.all(XFCC)).isEmpty();
  }

  private static String sequence(X509Certificate certificate) throws Exception {
    return ":" + Base64.getEncoder().encodeToString(certificate.getEncoded()) + ":";
  }

  @Test
  void theChainIsLeftOutWhereItIsNotAskedFor() throws Exception {
    Identity user = TestPki.USERS.intermediate("between", KeyKind.EC_P256).issue(user());
    Origin origin = start("forward = [ rfc9440 ]", "");
    Origin.Request request = seen(origin, user);
    assertThat(request.all("client-cert")).containsExactly(sequence(user.certificate()));
    assertThat(request.all("client-cert-chain")).isEmpty();
  }

  @Test
  void everyRequestOfAConnectionIsToldAlikeOverHttp2Too() throws Exception {
    Origin origin = start("forward = [ xfcc ]", "");
    RawHttp2 client =
        gateway.closing(
            RawHttp2.connect(gateway.https(), TestPki.context(TestPki.USER, TestPki.FRONT)));
    client.get(1, "/one");
    assertThat(client.readHead(1).status()).hasToString("200");
    client.get(3, "/two");
    assertThat(client.readHead(3).status()).hasToString("200");
    assertThat(origin.requests())
        .hasSize(2)
        .allSatisfy(r -> assertThat(r.header(XFCC)).contains("Hash=" + fingerprint(TestPki.USER)));
  }

  @Test
  void aResumedSessionIsToldAsTheFirst() throws Exception {
    Origin origin = start("forward = [ xfcc ]", "");
    var context = TestPki.context(TestPki.USER, TestPki.FRONT);
    for (int i = 0; i < 2; i++) {
      assertThat(gateway.statusOf(context)).isEqualTo(200);
    }
    assertThat(gateway.metric("gateway_tls_handshakes_total", "resumed=\"true\"")).isEqualTo(1);
    assertThat(origin.requests().get(1).all(XFCC))
        .isNotEmpty()
        .isEqualTo(origin.requests().get(0).all(XFCC));
  }

  @Test
  void curlIsToldOfToo() throws Exception {
    Origin origin = start("forward = [ xfcc ]", "");
    TestPki.USER.write(gateway.file("user.pem"), gateway.file("user.key"));
    Curl.run(
            gateway.file("ca.pem"),
            "--cert",
            gateway.file("user.pem").toString(),
            "--key",
            gateway.file("user.key").toString(),
            gateway.uri("/").toString())
        .outOnSuccess();
    assertThat(origin.requests().getLast().header(XFCC)).contains(fingerprint(TestPki.USER));
  }

  // ---- what a client cannot say

  @ParameterizedTest
  @ValueSource(strings = {"spiffe://x,By=spiffe://admin", "spiffe://x;Hash=0", "spiffe://x?a=b"})
  void aNameThatWouldBeginAnotherElementIsQuoted(String uri) throws Exception {
    Origin origin = start("forward = [ xfcc ]", "");
    assertThat(seen(origin, TestPki.USERS.issue(user().uri(uri))).header(XFCC))
        .endsWith("\";URI=\"" + uri + "\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"spiffe://x\";URI=\"spiffe://admin", "spiffe://x\\\";URI=spiffe://admin", "admin"})
  void aNameThatIsNoUriIsNotTold(String uri) throws Exception {
    Origin origin = start("forward = [ xfcc ]", "");
    assertThat(seen(origin, TestPki.USERS.issue(user().uri(uri))).header(XFCC))
        .endsWith("Subject=\"CN=user,O=Sallyport development\"");
  }

  @Test
  void aSubjectWithALineEndIsNoLineEnd() throws Exception {
    Origin origin = start("forward = [ xfcc ]", "");
    Identity evil =
        TestPki.USERS.issue(CertificateRequest.of("a\r\nX-Admin: 1\u00e9").usage(CLIENT_AUTH));
    Origin.Request request = seen(origin, evil);
    assertThat(request.header(XFCC)).contains("CN=a\\0D\\0AX-Admin: 1\\C3\\A9");
    assertThat(request.all("x-admin")).isEmpty();
  }

  private void assertNoneForged(Origin.Request request) {
    for (String field : request.fields()) {
      assertThat(field).doesNotContain("forged");
    }
  }

  private static String[] forged() {
    return SPELLINGS.stream().map(name -> name + ": forged").toArray(String[]::new);
  }

  @ParameterizedTest
  @ValueSource(strings = {"forward = []", "forward = [ xfcc, rfc9440-chain ]"})
  void whatAClientSaysOfItsCertificateNeverPasses(String forward) throws Exception {
    Origin origin =
        start(forward, "http.unusual-field-names = pass, trusted-proxies = [ \"127.0.0.0/8\" ]");
    for (Identity identity : new Identity[] {null, TestPki.USER}) {
      Origin.Request request = seen(origin, identity, forged());
      assertNoneForged(request);
      for (String name : FIELDS) {
        boolean own =
            identity != null && !forward.contains("[]") && !name.equals("client-cert-chain");
        assertThat(request.all(name)).as(name).hasSize(own ? 1 : 0);
      }
    }
  }

  @Test
  void norOverHttp2() throws Exception {
    Origin origin = start("forward = []", "http.unusual-field-names = pass");
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    SPELLINGS.forEach(name -> fields.add(Map.entry(name.toLowerCase(Locale.ROOT), "forged")));
    fields.add(Map.entry("x-kept", "1"));
    client.requestWithFields(1, fields);
    assertThat(client.readHead(1).status()).hasToString("200");
    assertNoneForged(origin.requests().getLast());
    assertThat(origin.requests().getLast().all("x-kept")).containsExactly("1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Forwarded-Client-Cert", "client-CERT", "Client-Cert-Chain"})
  void norInATrailer(String name) throws Exception {
    Origin origin = start("forward = []", "http.unusual-field-names = pass");
    RawClient client = connect(null);
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
            + name
            + ": forged\r\n\r\n");
    assertThat(client.read().status()).isEqualTo(400);
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void norByAnotherSpellingInATrailer() throws Exception {
    Origin origin = start("forward = []", "http.unusual-field-names = pass");
    RawClient client = connect(null);
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
            + "Client_Cert: forged\r\nX_Kept: 1\r\n\r\n");
    assertThat(client.read().body()).containsIgnoringCase("x_kept: 1").doesNotContain("forged");
    assertThat(origin.requests()).hasSize(1);
  }

  @Test
  void norInATrailerOverHttp2() throws Exception {
    Origin origin = start("forward = []", "");
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.request(1, "POST", "/", false, Map.of());
    client.trailers(1, new HashMap<>(Map.of("client-cert", "forged")));
    assertThat(client.readUntil(f -> f.type() == RawHttp2.RST_STREAM && f.stream() == 1).number(0))
        .isEqualTo(1);
    assertThat(origin.requests())
        .allSatisfy(request -> assertThat(request.fields()).noneMatch(f -> f.contains("forged")));
  }

  // ---- the access log

  @Test
  void theAccessLogHasTheFingerprintAlone() throws Exception {
    Origin origin = start("forward = []", "");
    seen(origin, TestPki.USER);
    assertThat(gateway.access().awaitContaining("\"path\":\"/\""))
        .contains("\"client_certificate\":\"" + fingerprint(TestPki.USER) + "\"")
        .doesNotContain("client_subject")
        .doesNotContain("CN=user");
  }

  @Test
  void theAccessLogHasTheSubjectWhereItIsAskedFor() throws Exception {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(
        Setup.to(origin)
            .tls("client-auth { mode = required, trust = clients-ca.pem }")
            .gateway("access-log.client-subject = true"));
    seen(origin, TestPki.USER);
    assertThat(gateway.access().awaitContaining("\"path\":\"/\""))
        .contains("\"client_subject\":\"CN=user,O=Sallyport development\"");
  }
}
