package sallyport.comply.checklist;

import static java.time.temporal.ChronoUnit.DAYS;
import static java.time.temporal.ChronoUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;
import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.comply.checklist.control.CheckResult;
import sallyport.comply.checklist.control.Clause;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Evidence;
import sallyport.comply.checklist.control.Finding;
import sallyport.comply.checklist.control.Status;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.certificates.CertificateInfo;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.gateway.ConfigurationCheck;
import sallyport.logging.setup.LogSetup;
import sallyport.testkit.OpensslPaths;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Secrets;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.Identity;
import sallyport.tools.pki.KeyKind;

/** What the checklist says of configurations whose certificates and keys were really opened. */
class ChecklistTest {
  private final Instant now = Instant.now().truncatedTo(SECONDS);

  @TempDir Path folder;

  @BeforeEach
  void files() {
    TestPki.writeTo(folder);
  }

  private static Setup setup() {
    return Setup.to("127.0.0.1:1");
  }

  private CheckResult observe(String hocon, Instant at) throws Exception {
    return ConfigurationCheck.of(
        GatewayConfig.parse(hocon, folder), LogSetup.toStderr(), Clock.fixed(at, ZoneOffset.UTC));
  }

  private Checklist check(Setup setup) throws Exception {
    return Checklist.of(observe(setup.hocon(), Instant.now()));
  }

  private static Finding finding(Checklist checklist, Control control) {
    return checklist.findings().stream()
        .filter(each -> each.control() == control)
        .findFirst()
        .orElseThrow();
  }

  private Finding finding(Setup setup, Control control) throws Exception {
    return finding(check(setup), control);
  }

  private static List<String> seen(Finding finding) {
    return finding.evidence().stream().map(Evidence::toString).toList();
  }

  private void write(CertificateRequest server, CertificateRequest client) throws IOException {
    TestPki.FRONT.issue(server).write(folder.resolve("server.pem"), folder.resolve("server.key"));
    TestPki.BACK.issue(client).write(folder.resolve("client.pem"), folder.resolve("client.key"));
  }

  private static CertificateRequest server() {
    return CertificateRequest.of("server").dns("localhost").usage(SERVER_AUTH);
  }

  private static CertificateRequest client() {
    return CertificateRequest.of("gateway").usage(CLIENT_AUTH);
  }

  @Test
  void aGatewayAsItIsByDefaultFailsNothingAndEveryControlIsLookedAt() throws Exception {
    Checklist checklist = check(setup());

    assertThat(checklist.findings()).map(Finding::control).containsExactly(Control.values());
    assertThat(checklist.passes()).isTrue();
    assertThat(checklist.counts().get(Status.FAIL)).isZero();
  }

  @Test
  void aListenerWithAnRsaKeyAloneIsWarnedOf() throws Exception {
    write(server().key(KeyKind.RSA_2048), client());

    Finding keys = finding(setup(), Control.CERTIFICATE_KEYS);

    assertThat(keys.status()).isEqualTo(Status.WARN);
    assertThat(seen(keys))
        .anySatisfy(
            line ->
                assertThat(line)
                    .contains("listeners.https: localhost: an RSA key alone; Internet"));
    assertThat(finding(setup().tls("policy = mozilla-modern"), Control.CERTIFICATE_KEYS).status())
        .isEqualTo(Status.PASS);
  }

  @Test
  void anEcdsaCertificateForTheSameNamesLetsOldClientsIn() throws Exception {
    TestPki.FRONT
        .issue(server().key(KeyKind.RSA_2048))
        .write(folder.resolve("rsa.pem"), folder.resolve("rsa.key"));
    write(server(), client());
    Setup both =
        setup()
            .certificates(
                "[ { chain = server.pem, key = server.key }, { chain = rsa.pem, key = rsa.key } ]");

    assertThat(finding(both, Control.CERTIFICATE_KEYS).status()).isEqualTo(Status.PASS);
  }

  @Test
  void anExceptionIsPrintedAsThePlanToMigrate() throws Exception {
    String last = now.plus(100, DAYS).atZone(ZoneOffset.UTC).toLocalDate().toString();
    Setup old =
        setup()
            .upstreamTls(
                """
                pins = [ "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" ]
                exception {
                  allow = [ "tls1.0", cbc, name ], reason = "no update", owner = "pacs team"
                  expires = %s
                }
                """
                    .formatted(last));

    Checklist checklist = check(old);

    assertThat(checklist.passes()).isTrue();
    assertThat(seen(finding(checklist, Control.TLS_EXCEPTIONS)))
        .singleElement()
        .asString()
        .contains("backends.app.tls.exception: not met: migration plan for backend 'app'")
        .contains("127.0.0.1:1", "allows cbc, name, tls1.0 beside the policy approved")
        .contains("reason: no update; owner: pacs team; to be mended by " + last + ", 100 days");
    for (Control control :
        List.of(Control.TLS_VERSIONS, Control.CIPHER_SUITES, Control.BACKEND_MUTUAL_TLS)) {
      assertThat(finding(checklist, control).evidence())
          .as(control.id())
          .anyMatch(evidence -> evidence.unmet() && evidence.text().contains(last));
    }
  }

  @Test
  void aCertificateForBackendsOfAPublicAuthorityIsAWarning() throws Exception {
    CheckResult opened = observe(setup().hocon(), now);
    assertThat(finding(Checklist.of(opened), Control.CLIENT_EKU_SUNSET).status())
        .isEqualTo(Status.PASS);
    String shown =
        opened.held().stream()
            .filter(held -> held.use().equals("client"))
            .map(held -> held.info().fingerprint())
            .findFirst()
            .orElseThrow();
    CheckResult bought =
        new CheckResult(
            opened.config(),
            opened.held(),
            opened.leftOut(),
            opened.awaited(),
            opened.stapled(),
            opened.endedLists(),
            Map.of(shown, "CN=Public Root"),
            opened.auditLog(),
            opened.accessLog(),
            now);

    Finding sunset = finding(Checklist.of(bought), Control.CLIENT_EKU_SUNSET);

    assertThat(sunset.status()).isEqualTo(Status.WARN);
    assertThat(seen(sunset).getFirst())
        .contains("backends.app.tls.certificate.chain: ", "CN=gateway", "(CN=Public Root)")
        .contains("from 2027-03-15 on such authorities issue none for clientAuth any more");
  }

  @Test
  void oneControlThatFailsIsEnough() throws Exception {
    assertThat(check(setup().gateway("access-log.enabled = false")).passes()).isFalse();
  }

  @Test
  void aPlainListenerIsOfThisKernel() throws Exception {
    Finding local =
        finding(
            setup().gateway("listeners.out { bind = \"127.0.0.1:0\", plain = local }"),
            Control.PLAIN_LOCAL);
    assertThat(local.status()).isEqualTo(Status.INFO);
    assertThat(seen(local))
        .singleElement()
        .asString()
        .contains("listeners.out: 127.0.0.1:0 takes plain HTTP of this machine alone");
  }

  @Test
  void aListenerOfPlainStreamsIsOfThisKernel() throws Exception {
    Finding local =
        finding(
            setup()
                .gateway(
                    "listeners.out { bind = \"127.0.0.1:0\", plain = local, forward-to = engine }\n"
                        + "backends.engine = ${gateway.backends.app}"),
            Control.PLAIN_LOCAL);
    assertThat(local.status()).isEqualTo(Status.INFO);
    assertThat(seen(local))
        .singleElement()
        .asString()
        .contains(
            "listeners.out: 127.0.0.1:0 takes plain TCP of this machine alone",
            "all of the backend engine");
  }

  @Test
  void tlsThatPassesUnopenedIsAWarning() throws Exception {
    Checklist checklist =
        check(
            setup()
                .gateway(
                    "listeners.passing { bind = \"127.0.0.1:0\", pass-through { \"c.test\" = c } }\n"
                        + "backends.c.endpoints = [ \"127.0.0.1:1\" ]"));
    Finding passes = finding(checklist, Control.PASS_THROUGH);
    assertThat(passes.status()).isEqualTo(Status.WARN);
    assertThat(seen(passes))
        .singleElement()
        .asString()
        .contains(
            "listeners.passing: 127.0.0.1:0 passes TLS to c by server name and does not open it",
            "this gateway cannot vouch for");
    assertThat(finding(setup(), Control.PASS_THROUGH).status()).isEqualTo(Status.INFO);
    assertThat(seen(finding(checklist, Control.BACKEND_MUTUAL_TLS)))
        .singleElement()
        .asString()
        .contains("backends.app");
  }

  @Test
  void aPlainBackendIsOfThisKernelAndNeedsNoCertificate() throws Exception {
    Setup plain =
        setup()
            .gateway(
                "backends.local { plain = local, peer-user = 998, endpoints = [ \"unix:/a.sock\","
                    + " \"127.0.0.1:80\" ] }");
    Checklist checklist = check(plain);
    Finding local = finding(checklist, Control.PLAIN_LOCAL);
    assertThat(local.status()).isEqualTo(Status.INFO);
    assertThat(seen(local))
        .singleElement()
        .asString()
        .matches(
            "configuration:\\d+: backends.local: 127.0.0.1:80, unix:/a.sock: without TLS, and stays"
                + " in this kernel: .* listens 998, .* every user of this machine, .*");
    assertThat(seen(finding(checklist, Control.BACKEND_MUTUAL_TLS)))
        .singleElement()
        .asString()
        .contains("backends.app");
  }

  @Test
  void versionsAreThoseOfThePolicyOfEachListenerAndBackend() throws Exception {
    Finding versions =
        finding(
            setup().tls("policy = mozilla-modern").upstreamTls("policy = nist-strict"),
            Control.TLS_VERSIONS);

    assertThat(versions.status()).isEqualTo(Status.WARN);
    assertThat(seen(versions))
        .satisfiesExactly(
            listener ->
                assertThat(listener)
                    .matches(
                        "configuration:\\d+: listeners.https: TLSv1.3 by .* mozilla-modern; .*"
                            + " determined that nobody needs it.*"),
            backend ->
                assertThat(backend)
                    .matches(
                        "configuration:\\d+: backends.app: TLSv1.3, TLSv1.2 by .* nist-strict"));
  }

  @Test
  void aSuiteThatSp80052DoesNotListFailsOnEitherSide() throws Exception {
    assertThat(finding(setup(), Control.CIPHER_SUITES).status()).isEqualTo(Status.PASS);
    for (Setup with :
        List.of(
            setup().tls("policy = mozilla-intermediate"),
            setup().upstreamTls("policy = mozilla-modern"))) {
      Finding suites = finding(with, Control.CIPHER_SUITES);
      assertThat(suites.status()).isEqualTo(Status.FAIL);
      assertThat(seen(suites).getFirst()).contains("TLS_CHACHA20_POLY1305_SHA256");
      assertThat(suites.evidence()).map(Evidence::status).containsExactly(Status.FAIL, Status.PASS);
    }
  }

  @Test
  void groupsBesideThoseOfSp80052AreToldAndNistStrictHasNone() throws Exception {
    Finding approved = finding(setup(), Control.KEY_EXCHANGE_GROUPS);
    Finding strict =
        finding(
            setup().tls("policy = nist-strict").upstreamTls("policy = nist-strict"),
            Control.KEY_EXCHANGE_GROUPS);

    assertThat(approved.status()).isEqualTo(Status.WARN);
    assertThat(seen(approved).getFirst()).contains("besides X25519MLKEM768, X25519,");
    assertThat(strict.status()).isEqualTo(Status.PASS);
    assertThat(seen(strict)).allMatch(line -> line.endsWith(": P-256, P-384"));
  }

  @Test
  void aKeyOfAnotherKindFailsInATrustFileToo() throws Exception {
    openssl("req -x509 -newkey ed25519 -nodes -subj /CN=edwards -keyout ed.key -out ed.pem");
    Finding keys = finding(setup().upstreamTls("trust = ed.pem"), Control.CERTIFICATE_KEYS);

    assertThat(keys.status()).isEqualTo(Status.FAIL);
    assertThat(seen(keys).getFirst()).contains("backends.app.tls.trust", "CN=edwards", "Ed");
    assertThat(seen(keys)).anyMatch(line -> line.endsWith("server.pem[0]: EC P-256"));
  }

  @Test
  void aWeakSignatureFailsInAChainAndIsToldInATrustFile() throws Exception {
    String ec = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";
    openssl("req -x509 " + ec + "-sha1 -subj /CN=old -keyout old.key -out old.pem");
    openssl("req " + ec + "-subj /CN=server -keyout leaf.key -out leaf.csr");
    Files.writeString(
        folder.resolve("ext"), "extendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost\n");
    openssl(
        "x509 -req -in leaf.csr -CA old.pem -CAkey old.key -CAcreateserial -sha256 -extfile ext"
            + " -out leaf.pem");
    Files.writeString(
        folder.resolve("chain.pem"),
        Files.readString(folder.resolve("leaf.pem")) + Files.readString(folder.resolve("old.pem")));

    Finding chain =
        finding(
            setup().certificates("[ { chain = chain.pem, key = leaf.key } ]"),
            Control.CERTIFICATE_SIGNATURES);
    Finding trust = finding(setup().upstreamTls("trust = old.pem"), Control.CERTIFICATE_SIGNATURES);

    assertThat(chain.status()).isEqualTo(Status.FAIL);
    assertThat(seen(chain).getFirst()).endsWith("chain.pem[1]: SHA1withECDSA");
    assertThat(trust.status()).isEqualTo(Status.INFO);
    assertThat(seen(trust).getFirst()).contains("old.pem[0]: SHA1withECDSA; it is trusted by");
  }

  private void openssl(String arguments) throws Exception {
    PageCommands.run(folder, "openssl " + arguments);
  }

  @Test
  void daysLeftAreToldOfEveryCertificate() throws Exception {
    write(server().valid(now.minus(1, DAYS), now.plus(100, DAYS)), client());
    Finding validity =
        finding(Checklist.of(observe(setup().hocon(), now)), Control.CERTIFICATE_VALIDITY);

    assertThat(validity.status()).isEqualTo(Status.PASS);
    assertThat(seen(validity))
        .hasSize(3)
        .anyMatch(line -> line.contains("CN=server,") && line.contains(": 100 days left, until"))
        .anyMatch(line -> line.contains("client.pem[0]"))
        .anyMatch(line -> line.contains("backends.app.tls.trust") && line.contains("CN=back"));
  }

  @Test
  void aCertificateThatIsNearItsEndIsAWarningFromTheLongestOfTheExpiryWarnings() throws Exception {
    write(server().valid(now.minus(100, DAYS), now.plus(20, DAYS)), client());

    Finding near = finding(setup(), Control.CERTIFICATE_VALIDITY);
    Finding far =
        finding(setup().gateway("keys.expiry-warnings = [ 7d ]"), Control.CERTIFICATE_VALIDITY);

    assertThat(near.status()).isEqualTo(Status.WARN);
    assertThat(seen(near).getFirst()).contains("listeners.https", " days left");
    assertThat(near.evidence()).filteredOn(each -> each.status() == Status.WARN).hasSize(1);
    assertThat(far.status()).isEqualTo(Status.PASS);
  }

  @Test
  void aCertificateOfAFewDaysIsNotNearItsEndWhenItWasJustIssued() throws Exception {
    write(server().valid(now, now.plus(6, DAYS)), client());
    assertThat(finding(setup(), Control.CERTIFICATE_VALIDITY).status()).isEqualTo(Status.PASS);
  }

  @Test
  void filesThatAreNotWatchedAreAWarning() throws Exception {
    write(server(), client());
    Finding validity = finding(setup().gateway("keys.watch = 0s"), Control.CERTIFICATE_VALIDITY);
    assertThat(validity.status()).isEqualTo(Status.WARN);
    assertThat(seen(validity))
        .anyMatch(line -> line.contains("keys.watch") && line.contains("SIGHUP and POST /reload"));
  }

  @Test
  void anAuthorityThatIsNotValidYetFails() throws Exception {
    Instant before = now.minus(10, DAYS);
    Instant from = now.minus(30, DAYS);
    write(server().valid(from, now.plus(100, DAYS)), client().valid(from, now.plus(100, DAYS)));

    Finding validity =
        finding(Checklist.of(observe(setup().hocon(), before)), Control.CERTIFICATE_VALIDITY);

    assertThat(validity.status()).isEqualTo(Status.FAIL);
    assertThat(seen(validity).getFirst())
        .contains("backends.app.tls.trust", "CN=back", "not valid before");
  }

  @Test
  void anAuthorityThatExpiredBesideAGoodOneIsAWarning() throws Exception {
    OpensslPaths openssl = new OpensslPaths(Files.createDirectory(folder.resolve("paths")));
    Identity.writeCertificates(
        folder.resolve("backend-ca.pem"),
        List.of(openssl.root(0, "old"), TestPki.BACK.certificate()));
    Files.writeString(
        folder.resolve("backend-ca.pem"),
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        StandardOpenOption.APPEND);

    Finding validity = finding(setup(), Control.CERTIFICATE_VALIDITY);

    assertThat(validity.status()).isEqualTo(Status.WARN);
    assertThat(seen(validity))
        .anyMatch(
            line ->
                line.contains("backends.app.tls.trust: CN=old in ") && line.endsWith("; expired"))
        .anyMatch(line -> line.contains("certificate 3 of '") && line.contains("cannot be read"));
  }

  @Test
  void whatExpiredBetweenTheOpeningAndTheCheckFails() throws Exception {
    CheckResult opened = observe(setup().hocon(), now);
    CheckResult later =
        new CheckResult(
            opened.config(),
            opened.held(),
            opened.leftOut(),
            opened.awaited(),
            opened.stapled(),
            opened.endedLists(),
            opened.publiclyIssued(),
            opened.auditLog(),
            opened.accessLog(),
            now.plus(20_000, DAYS));

    Finding validity = finding(Checklist.of(later), Control.CERTIFICATE_VALIDITY);

    assertThat(validity.evidence()).allMatch(each -> each.status() == Status.FAIL);
    assertThat(seen(validity)).allMatch(line -> line.endsWith("; expired"));
  }

  @Test
  void aCertificateForMoreThanThreeYearsIsAWarning() throws Exception {
    write(server().valid(now.minus(1, DAYS), now.plus(1500, DAYS)), client());
    Finding validity = finding(setup(), Control.CERTIFICATE_VALIDITY);

    assertThat(validity.status()).isEqualTo(Status.WARN);
    assertThat(seen(validity).getFirst()).endsWith("; issued for longer than three years");
  }

  @Test
  void staplingThatIsOffFails() throws Exception {
    assertThat(finding(setup().tls("stapling = false"), Control.OCSP_STAPLING).status())
        .isEqualTo(Status.FAIL);
  }

  @Test
  void aCertificateWithNothingToStapleDoesNotMeetTheControl() throws Exception {
    Finding stapling = finding(setup(), Control.OCSP_STAPLING);

    assertThat(stapling.status()).isEqualTo(Status.WARN);
    assertThat(stapling.evidence()).allMatch(Evidence::unmet);
    assertThat(seen(stapling).getFirst()).contains("not met: ", "SP 800-52r2 section 3.2");
  }

  @Test
  void whatWillBeStapledIsToldAndNoResponderIsAsked() throws Exception {
    try (var responder = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String ec = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";
      openssl("req -x509 " + ec + "-subj /CN=root -keyout root.key -out root.pem");
      openssl("req " + ec + "-subj /CN=server -keyout leaf.key -out leaf.csr");
      Files.writeString(
          folder.resolve("ext"),
          """
          extendedKeyUsage=serverAuth
          subjectAltName=DNS:localhost
          tlsfeature=status_request
          authorityInfoAccess=OCSP;URI:http://127.0.0.1:%d
          """
              .formatted(responder.getLocalPort()));
      openssl(
          "x509 -req -in leaf.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile ext"
              + " -out leaf.pem");
      Files.writeString(
          folder.resolve("chain.pem"),
          Files.readString(folder.resolve("leaf.pem"))
              + Files.readString(folder.resolve("root.pem")));
      Finding stapling =
          finding(
              setup().certificates("[ { chain = chain.pem, key = leaf.key } ]"),
              Control.OCSP_STAPLING);

      assertThat(stapling.status()).isEqualTo(Status.PASS);
      assertThat(seen(stapling))
          .singleElement()
          .asString()
          .endsWith("chain.pem[0]: stapled, as it demands (must-staple)");
      responder.setSoTimeout(1);
      assertThatThrownBy(responder::accept).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void aSecretThatOthersMayReadFailsWhereAWarningWasAskedFor() throws Exception {
    Files.setPosixFilePermissions(
        folder.resolve("server.key"), PosixFilePermissions.fromString("rw-r-----"));
    Finding files = finding(setup().gateway("keys.loose-modes = warn"), Control.KEY_FILES);

    assertThat(files.status()).isEqualTo(Status.FAIL);
    assertThat(seen(files).getFirst()).contains("server.key' has the mode rw-r-----", "chmod 600");
    assertThat(seen(files).getLast()).endsWith("client.key' has the mode rw-------");
  }

  @Test
  void aSecretThatAGroupMayReadIsAWarningWhereThatIsAllowed() throws Exception {
    Files.setPosixFilePermissions(
        folder.resolve("server.key"), PosixFilePermissions.fromString("r--r-----"));
    Finding files =
        finding(setup().gateway("keys.loose-modes = group-may-read"), Control.KEY_FILES);

    assertThat(files.status()).isEqualTo(Status.WARN);
    assertThat(seen(files).getFirst())
        .contains("server.key' has the mode r--r-----: its group may read it");
    assertThat(seen(files).getLast()).endsWith("client.key' has the mode rw-------");
  }

  @Test
  void whereKeysAreKeptIsToldAndNoSecretIs() throws Exception {
    Secrets.write(folder.resolve("pass"), "correct horse");
    Secrets.write(folder.resolve("sticky"), "a2V5".repeat(11));
    openssl(
        "pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -in server.key -out enc.key"
            + " -passout file:pass");
    Files.setPosixFilePermissions(
        folder.resolve("enc.key"), PosixFilePermissions.fromString("rw-------"));
    Checklist checklist =
        check(
            setup()
                .certificates(
                    "[ { chain = server.pem, key = enc.key, passphrase.file = pass },"
                        + " { chain = server.pem, key = server.key } ]")
                .backend("sticky { cookie = at, key.file = sticky }"));
    Finding storage = finding(checklist, Control.KEY_STORAGE);

    assertThat(storage.status()).isEqualTo(Status.WARN);
    assertThat(checklist.unmet()).contains(Control.KEY_STORAGE);
    assertThat(seen(storage))
        .anyMatch(line -> line.contains("not met: '") && line.contains("server.key' is plain PEM"))
        .anyMatch(line -> line.contains("enc.key' is encrypted PKCS#8 (PBES2, AES-256)"));
    assertThat(seen(finding(checklist, Control.KEY_FILES)))
        .anyMatch(line -> line.contains("/pass' has the mode rw-------"))
        .anyMatch(line -> line.contains("/sticky' has the mode rw-------"));
    assertThat(ChecklistText.of(checklist) + ChecklistJson.of(checklist))
        .doesNotContain("correct horse", "PRIVATE KEY", "a2V5");
  }

  @Test
  void withoutAPlainListenerThereIsNothingToRedirect() throws Exception {
    Finding with = finding(setup(), Control.PLAIN_HTTP_REDIRECT);
    Finding without =
        finding(
            Checklist.of(
                observe(
                    setup().hocon().replaceFirst("http \\{[^\n]*redirect-to[^\n]*\n", ""), now)),
            Control.PLAIN_HTTP_REDIRECT);

    assertThat(with.status()).isEqualTo(Status.PASS);
    assertThat(seen(with).getFirst())
        .contains(
            "listeners.http: ",
            "to the listener https",
            "what a client sends before it is redirected, cookies and bodies included, can be read",
            "The admin listener speaks plain HTTP too");
    assertThat(without.status()).isEqualTo(Status.INFO);
    assertThat(seen(without).getFirst()).contains("but the admin listener");
  }

  @ParameterizedTest
  @CsvSource({"365d, PASS", "30d, WARN", "0s, FAIL"})
  void hstsIsHeldAgainstAYear(String maxAge, Status status) throws Exception {
    assertThat(finding(setup().listener("hsts.max-age = " + maxAge), Control.HSTS).status())
        .isEqualTo(status);
  }

  @Test
  void whatHstsDoesToNamesBelowIsSaid() throws Exception {
    assertThat(seen(finding(setup(), Control.HSTS)).getFirst())
        .endsWith("; it holds for every name below too");
    assertThat(
            seen(finding(setup().listener("hsts.include-subdomains = false"), Control.HSTS))
                .getFirst())
        .endsWith("max-age=31536000");
    Finding preloaded = finding(setup().listener("hsts.preload = true"), Control.HSTS);
    assertThat(preloaded.status()).isEqualTo(Status.WARN);
    assertThat(seen(preloaded).getFirst()).contains("refuse plain HTTP for every name below");
  }

  @Test
  void ofABackendItIsToldWhatIsShownAndWhatIsVerified() throws Exception {
    assertThat(seen(finding(setup(), Control.BACKEND_MUTUAL_TLS)))
        .singleElement()
        .asString()
        .contains(
            "configured to show CN=gateway",
            "to refuse a backend that does not ask for it",
            "to verify the name legacy.internal and the chain up to CN=back",
            "backend-ca.pem",
            "No backend was connected to",
            "only they know whether they verify it");
    assertThat(
            seen(
                finding(
                    setup().upstreamTls("verify-san = [ \"uri:spiffe://a/b\" ]"),
                    Control.BACKEND_MUTUAL_TLS)))
        .singleElement()
        .asString()
        .contains("to verify uri:spiffe://a/b and");
  }

  /** A listener of streams with these settings, beside what it needs. */
  private Checklist stream(String protocol, String tls) throws Exception {
    write(server().key(KeyKind.RSA_2048), client());
    return checkText(
        """
        gateway {
          listeners.in {
            bind = "127.0.0.1:0", protocol = %s, forward-to = archive
            tls { certificates = [ { chain = server.pem, key = server.key } ], %s }
          }
          backends.archive {
            endpoints = [ "127.0.0.1:1" ]
            tls { trust = backend-ca.pem, certificate { chain = client.pem, key = client.key } }
          }
        }
        """
            .formatted(protocol, tls));
  }

  private Checklist checkText(String hocon) throws Exception {
    return Checklist.of(observe(hocon, Instant.now()));
  }

  @ParameterizedTest
  @CsvSource({
    "dicom, approved, PASS",
    "dicom, nist-strict, PASS",
    "dicom, mozilla-intermediate, PASS",
    "dicom, mozilla-modern, WARN",
    "mllp, approved, INFO",
    "mllp, mozilla-modern, INFO"
  })
  void theProfileOfDicomThatAListenerOffersIsNamed(String protocol, String policy, Status status)
      throws Exception {
    Finding finding = finding(stream(protocol, "policy = " + policy), Control.DICOM_PROFILE);
    boolean modern = policy.equals("mozilla-modern");
    assertThat(finding.status()).isEqualTo(status);
    assertThat(finding.evidence().getFirst().unmet()).isEqualTo(status == Status.WARN);
    assertThat(seen(finding))
        .singleElement()
        .asString()
        .contains(
            "listeners.in",
            modern
                ? "does not offer TLS 1.2, which B.12 has every server support"
                : "offers what B.12 (BCP 195 RFC 8996, 9325) asks of a server: TLSv1.3 and TLSv1.2",
            "not B.13 (Modified BCP 195)");
  }

  @ParameterizedTest
  @CsvSource({
    "dicom, required, approved, PASS, two of the four suites",
    "mllp, required, approved, PASS, mutual authentication",
    "tcp, required, approved, INFO, mutual authentication",
    "mllp, optional, approved, WARN, client-auth.mode is not required",
    "dicom, none, approved, WARN, client-auth.mode is not required",
    "tcp, none, approved, INFO, client-auth.mode is not required",
    "mllp, required, mozilla-modern, WARN, has no TLS 1.2"
  })
  void aNodeOfIheHasMutualAuthentication(
      String protocol, String mode, String policy, Status status, String text) throws Exception {
    Finding finding =
        finding(
            stream(
                protocol,
                "policy = %s, client-auth { mode = %s, trust = clients-ca.pem }"
                    .formatted(policy, mode)),
            Control.IHE_ATNA);
    assertThat(finding.status()).isEqualTo(status);
    assertThat(seen(finding)).singleElement().asString().contains(text);
  }

  @Test
  void theSuitesOfIheNeedAnRsaKey() throws Exception {
    Finding finding =
        finding(
            setup().tls("client-auth { mode = required, trust = clients-ca.pem }"),
            Control.IHE_ATNA);
    assertThat(seen(finding)).singleElement().asString().contains("no certificate has an RSA key");
  }

  @Test
  void aBackendThatNeedNotAskForTheCertificateIsWarnedOf() throws Exception {
    Finding finding =
        finding(setup().upstreamTls("when-not-asked = warn"), Control.BACKEND_MUTUAL_TLS);
    assertThat(finding.status()).isEqualTo(Status.WARN);
    assertThat(seen(finding)).singleElement().asString().contains("tls.when-not-asked = warn");
    assertThat(finding.control().clauses()).extracting(Clause::text).contains("45 CFR 164.312(d)");
  }

  @ParameterizedTest
  @CsvSource({"off, WARN", "soft, WARN", "hard, PASS"})
  void whatIsNotKnownOfARevocationMattersUnlessItIsRefused(String ocsp, Status status)
      throws Exception {
    Finding revocation =
        finding(setup().upstreamTls("revocation.ocsp = " + ocsp), Control.REVOCATION);

    assertThat(revocation.status()).isEqualTo(status);
    assertThat(seen(revocation)).singleElement().asString().contains("no lists, ocsp " + ocsp);
    assertThat(revocation.evidence().getFirst().unmet()).isEqualTo(ocsp.equals("off"));
  }

  @ParameterizedTest
  @CsvSource({"none, INFO", "optional, INFO", "required, PASS"})
  void whetherClientsProveWhoTheyAreIsToldWithWhomTheyMayBeFrom(String mode, Status status)
      throws Exception {
    Finding clients =
        finding(
            setup().tls("client-auth { mode = " + mode + ", trust = clients-ca.pem }"),
            Control.CLIENT_AUTHENTICATION);

    assertThat(clients.status()).isEqualTo(status);
    assertThat(seen(clients).getFirst()).contains("client-auth.mode is " + mode);
    assertThat(seen(clients).getFirst().contains("CN=users")).isEqualTo(!mode.equals("none"));
  }

  @ParameterizedTest
  @CsvSource({"'life = 1d', PASS", "'life = 25h', WARN", "'source = off', PASS"})
  void aTicketKeyLivesForADayAtMost(String tickets, Status status) throws Exception {
    assertThat(
            finding(setup().tls("session-tickets { " + tickets + " }"), Control.SESSION_TICKETS)
                .status())
        .isEqualTo(status);
  }

  @Test
  void aTicketKeyIsSaidToEndTheForwardSecrecyOfTls12() throws Exception {
    String memory = seen(finding(setup(), Control.SESSION_TICKETS)).getFirst();
    Path secret = folder.resolve("tickets");
    Secrets.write(secret, "9f3c61d07ab2e84518c5f06de7392ba46d81e3f70c5a9b24e1687fd035ca4b92");
    String derived =
        seen(finding(
                setup()
                    .tls("session-tickets { source = derived, secrets = [ { file = tickets } ] }"),
                Control.SESSION_TICKETS))
            .getFirst();

    assertThat(memory).endsWith("have no forward secrecy until it is discarded after that");
    assertThat(derived).endsWith("until the secret that it is computed from is deleted");
  }

  @Test
  void logsThatTheLoggingSystemLeavesOutFail() throws Exception {
    CheckResult opened = observe(setup().hocon(), now);
    Checklist silent = logging(opened, new LogSetup(false, List.of(), List.of(), List.of()));

    assertThat(finding(Checklist.of(opened), Control.AUDIT_LOG).status()).isEqualTo(Status.PASS);
    assertThat(finding(silent, Control.AUDIT_LOG).status()).isEqualTo(Status.FAIL);
    assertThat(finding(silent, Control.ACCESS_LOG).status()).isEqualTo(Status.FAIL);
  }

  @Test
  void logsWhoseFilesCannotBeOpenedFail() throws Exception {
    Checklist checklist =
        logging(
            observe(setup().hocon(), now),
            new LogSetup(
                true,
                List.of("cannot open logs/x.jsonl: permission denied"),
                List.of(),
                List.of()));

    for (Control control : List.of(Control.AUDIT_LOG, Control.ACCESS_LOG)) {
      assertThat(finding(checklist, control).status()).isEqualTo(Status.FAIL);
      assertThat(seen(finding(checklist, control)).getFirst()).contains("logs/x.jsonl: permission");
    }
  }

  @Test
  void logsWhoseAppendersMakeRequestsWaitAreWarnedOf() throws Exception {
    Checklist checklist =
        logging(
            observe(setup().hocon(), now),
            new LogSetup(true, List.of(), List.of("SOME_FILE"), List.of()));

    assertThat(finding(checklist, Control.AUDIT_LOG).status()).isEqualTo(Status.WARN);
    assertThat(seen(finding(checklist, Control.AUDIT_LOG)).getFirst()).contains("SOME_FILE");
  }

  @ParameterizedTest
  @CsvSource({
    "continue, it serves",
    "not-ready, the gateway is not ready",
    "stop-serving, nothing is served"
  })
  void theAuditLogSaysWhatIsDoneWhileItCannotBeWritten(String rule, String text) throws Exception {
    Finding audit = finding(setup().gateway("audit-log.unwritable = " + rule), Control.AUDIT_LOG);

    assertThat(audit.status()).isEqualTo(Status.PASS);
    assertThat(seen(audit).getFirst()).contains("while lines cannot be written, " + text);
  }

  private Checklist logging(CheckResult opened, LogSetup both) {
    return Checklist.of(
        new CheckResult(
            opened.config(),
            opened.held(),
            opened.leftOut(),
            opened.awaited(),
            opened.stapled(),
            opened.endedLists(),
            opened.publiclyIssued(),
            both,
            both,
            now));
  }

  @ParameterizedTest
  @CsvSource({"enabled = true, PASS", "enabled = false, FAIL", "query = true, WARN"})
  void theAccessLogIsOnAndWithoutQueries(String setting, Status status) throws Exception {
    assertThat(finding(setup().gateway("access-log." + setting), Control.ACCESS_LOG).status())
        .isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:0, WARN",
    "[::1]:0, WARN",
    "localhost:0, WARN",
    "10.1.2.3:0, WARN",
    "[fd00::1]:0, WARN",
    "admin.example.org:0, WARN",
    "0.0.0.0:0, FAIL",
    "[::]:0, FAIL",
    "203.0.113.5:0, FAIL"
  })
  void theAdminListenerBelongsOnLoopbackWhichIsNoAccessControl(String bind, Status status)
      throws Exception {
    assertThat(
            finding(
                    setup()
                        .gateway(
                            "admin { bind = null, control.bind = \"unix:/run/a.sock\", metrics.bind = \""
                                + bind
                                + "\" }"),
                    Control.ADMIN_EXPOSURE)
                .status())
        .isEqualTo(status);
  }

  @Test
  void limitsThatAreOffAreNamed() throws Exception {
    assertThat(finding(setup(), Control.LIMITS).status()).isEqualTo(Status.PASS);
    Finding limits =
        finding(
            setup().limits("new-connections.per-second = 0, min-response-rate = 0B"),
            Control.LIMITS);

    assertThat(limits.status()).isEqualTo(Status.WARN);
    assertThat(seen(limits))
        .allMatch(
            line -> line.endsWith("no limit by new-connections.per-second, min-response-rate"));
  }

  @Test
  void nothingIsSaidToBeValidatedNorSeenWhereItIsNot() throws Exception {
    Checklist checklist = check(setup());

    assertThat(finding(checklist, Control.VALIDATED_MODULE).status()).isEqualTo(Status.WARN);
    assertThat(seen(finding(checklist, Control.VALIDATED_MODULE)).getFirst())
        .contains("not met: BoringSSL", "not a FIPS validated module");
    assertThat(seen(finding(checklist, Control.DATA_AT_REST)))
        .anyMatch(line -> line.contains("what backends store is not seen from here"));
    assertThat(checklist.unmet())
        .containsExactly(
            Control.OCSP_STAPLING,
            Control.KEY_STORAGE,
            Control.REVOCATION,
            Control.VALIDATED_MODULE,
            Control.DATA_AT_REST);
    assertThat(checklist.passes()).isTrue();
  }

  @Test
  void whatLogsHoldUnencryptedIsSaidOfDataAtRest() throws Exception {
    Finding with = finding(setup(), Control.DATA_AT_REST);
    Finding without = finding(setup().gateway("access-log.enabled = false"), Control.DATA_AT_REST);

    assertThat(with.status()).isEqualTo(Status.WARN);
    assertThat(seen(with).getFirst()).contains("not met: paths as clients sent them, which may");
    assertThat(without.status()).isEqualTo(Status.INFO);
  }

  @Test
  void aLogFileThatEveryUserMayReadIsNamed() throws Exception {
    Path file = Files.writeString(folder.resolve("audit.jsonl"), "");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    LogSetup written = new LogSetup(true, List.of(), List.of(), List.of(file));
    Finding loose = finding(logging(observe(setup().hocon(), now), written), Control.DATA_AT_REST);
    assertThat(seen(loose)).anyMatch(line -> line.contains(file + "' has the mode rw-r--r--"));

    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    Finding tight = finding(logging(observe(setup().hocon(), now), written), Control.DATA_AT_REST);
    assertThat(seen(tight))
        .noneMatch(line -> line.contains("has the mode"))
        .anyMatch(line -> line.contains("to " + file + "; keep them on an encrypted volume"));
  }

  @Test
  void aPassphraseInTheFolderOfItsKeyIsAWarning() throws Exception {
    Path apart = Files.createDirectory(folder.resolve("apart"));
    Secrets.write(folder.resolve("pass"), "correct horse");
    Secrets.write(apart.resolve("pass"), "correct horse");
    openssl(
        "pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -in server.key -out enc.key"
            + " -passout file:pass && chmod 600 enc.key");
    String certificates = "[ { chain = server.pem, key = enc.key, passphrase.file = %s } ]";

    assertThat(
            seen(
                finding(setup().certificates(certificates.formatted("pass")), Control.KEY_STORAGE)))
        .anyMatch(
            line -> line.endsWith("both are in one folder: who can copy one can copy the other"));
    assertThat(
            seen(
                finding(
                    setup().certificates(certificates.formatted("apart/pass")),
                    Control.KEY_STORAGE)))
        .noneMatch(line -> line.contains("both are in one folder"));
  }

  @Test
  void aServerCertificateForLongerThanPublicAuthoritiesIssueIsTold() throws Exception {
    write(server().valid(now.minus(1, DAYS), now.plus(300, DAYS)), client());

    Finding validity = finding(setup(), Control.CERTIFICATE_VALIDITY);

    assertThat(validity.status()).isEqualTo(Status.INFO);
    assertThat(seen(validity).getFirst()).endsWith("that browsers take from a public authority");
  }

  @Test
  void limitsOfEachSourceThatDoNotHoldBehindAProxyAreTold() throws Exception {
    String proxies = "trusted-proxies = [ \"10.0.0.0/8\" ]";
    Finding behind = finding(setup().listener(proxies), Control.LIMITS);
    Finding named = finding(setup().listener(proxies + ", proxy-protocol = true"), Control.LIMITS);

    assertThat(behind.status()).isEqualTo(Status.INFO);
    assertThat(seen(behind).getFirst()).contains("clients behind them have no limit each");
    assertThat(named.status()).isEqualTo(Status.PASS);
  }

  @ParameterizedTest
  @EnumSource(Control.class)
  void noControlCitesAnRfcThatIsObsolete(Control control) {
    assertThat(control.clauses())
        .extracting(Clause::text)
        .noneMatch(text -> text.matches("RFC (2616|5077|5246|7230|7231|7540|7627|8422|8446)\\b.*"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "must prove it",
        "does what NIST SP 800-52r2 asks",
        "every use of a key",
        "line is ever dropped",
        "something equivalent done",
        "Always TLS, and mutual",
        "Mutual TLS; always on"
      })
  void noPageClaimsWhatIsNotSeen(String claim) throws IOException {
    List<Path> pages =
        new ArrayList<>(
            List.of(Path.of("README.md"), Path.of("src/main/resources/reference.conf")));
    for (String place : List.of("docs", "conf")) {
      try (var files = Files.list(Path.of(place))) {
        files.filter(Files::isRegularFile).forEach(pages::add);
      }
    }
    for (Path page : pages) {
      assertThat(Files.readString(page).replaceAll("\\s+", " "))
          .as(page.toString())
          .doesNotContain(claim);
    }
  }

  @Test
  void thePageSaysOfWhichDayTheStatesOfLawAreAndWhatEachKindIs() throws IOException {
    String page = Files.readString(Path.of("docs/compliance.md"));

    assertThat(page).contains("## The state of law on " + Clause.AS_OF);
    for (Clause.Kind kind : Clause.Kind.values()) {
      assertThat(page).contains("| `" + kind.label() + "` |");
    }
  }

  @Test
  void whatHasYetToBeIssuedIsToldAndNothingIsMadeForIt() throws Exception {
    Secrets.write(folder.resolve("pass"), "correct horse");
    String acme =
        """
        acme.lab {
          directory = "https://127.0.0.1:1/directory", terms-agreed = true, store = acme
          passphrase.file = pass, trust = ca.pem
        }
        """;
    Checklist checklist =
        check(
            setup()
                .certificates("[ { acme = lab, names = [ portal.example.org ] } ]")
                .gateway(acme));
    Finding validity = finding(checklist, Control.CERTIFICATE_VALIDITY);

    assertThat(validity.status()).isEqualTo(Status.WARN);
    assertThat(seen(validity).getFirst()).endsWith("yet to be issued for portal.example.org");
    assertThat(seen(validity)).anyMatch(line -> line.contains("acme.lab.trust: CN=front"));
    assertThat(folder.resolve("acme")).doesNotExist();
  }

  @Test
  void theTextHasALineForEachControlAndTheirNumbersAtTheEnd() throws Exception {
    Checklist checklist = check(setup().gateway("access-log.enabled = false"));
    List<String> lines = ChecklistText.of(checklist).lines().toList();

    List<String> heads =
        lines.stream().filter(line -> line.matches("(PASS|INFO|WARN|FAIL) .*")).toList();
    assertThat(heads).hasSize(Control.values().length);
    assertThat(heads)
        .contains(
            "FAIL  access-log  exchanges are written down  [45 CFR 164.312(b) (in force, required)]"
                + "  configuration: access-log.enabled: off");
    assertThat(lines.getLast()).matches("28 controls: \\d+ pass, \\d+ info, \\d+ warn, 1 fail");
  }

  @Test
  void theJsonParsesAndSaysTheSame() throws Exception {
    Checklist checklist = check(setup().tls("policy = mozilla-modern"));
    Config json = parse(ChecklistJson.of(checklist));

    assertThat(json.getInt("format")).isEqualTo(1);
    assertThat(json.getString("result")).isEqualTo("fail");
    assertThat(json.getInt("counts.fail")).isEqualTo(1);
    assertThat(json.getString("law_as_of")).isEqualTo(Clause.AS_OF.toString());
    assertThat(json.getStringList("not_met"))
        .isEqualTo(checklist.unmet().stream().map(Control::id).toList())
        .contains("validated-module", "cipher-suites");
    List<String> controls = new ArrayList<>();
    for (Config control : json.getConfigList("controls")) {
      controls.add(control.getString("status") + " " + control.getString("id"));
      assertThat(control.getConfigList("clauses")).isNotEmpty();
      assertThat(control.getConfigList("evidence")).isNotEmpty();
    }
    assertThat(controls)
        .containsExactlyElementsOf(
            checklist.findings().stream()
                .map(each -> each.status().label() + " " + each.control().id())
                .toList());
    assertThat(json.getConfigList("certificates"))
        .hasSize(3)
        .allMatch(certificate -> certificate.getInt("days_left") > 0);
  }

  @Test
  void aNameThatSomebodyElseChoseCannotWriteToTheTerminalNorBreakTheJson() throws Exception {
    CheckResult opened = observe(setup().hocon(), now);
    String name = "CN=\u001b[2J\"\\\n\u202eevil";
    HeldCertificate odd =
        new HeldCertificate(
            "listeners.https",
            "server",
            "odd.pem",
            0,
            new CertificateInfo(
                "server",
                name,
                List.of(),
                "1",
                "aa",
                now.minus(1, DAYS),
                now.plus(90, DAYS),
                "RSA 1024",
                "MD5withRSA",
                new ConfigLocation("configuration", 1, "listeners.https")));
    Checklist checklist =
        Checklist.of(
            new CheckResult(
                opened.config(),
                List.of(odd),
                opened.leftOut(),
                opened.awaited(),
                opened.stapled(),
                opened.endedLists(),
                opened.publiclyIssued(),
                opened.auditLog(),
                opened.accessLog(),
                now));

    assertThat(ChecklistText.of(checklist))
        .doesNotContain("\u001b", "\u202e")
        .contains("CN=?[2J\"\\??evil in odd.pem[0]: RSA 1024");
    assertThat(
            parse(ChecklistJson.of(checklist))
                .getConfigList("certificates")
                .getFirst()
                .getString("subject"))
        .isEqualTo(name);
    assertThat(finding(checklist, Control.CERTIFICATE_KEYS).status()).isEqualTo(Status.FAIL);
    assertThat(finding(checklist, Control.CERTIFICATE_SIGNATURES).status()).isEqualTo(Status.FAIL);
    assertThat(finding(checklist, Control.BACKEND_MUTUAL_TLS).status()).isEqualTo(Status.FAIL);
  }

  private static Config parse(String json) {
    return ConfigFactory.parseString(
        json, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
  }

  @ParameterizedTest
  @EnumSource(Control.class)
  void thePageHasEachControlWithItsClausesAndWhatTheyAre(Control control) throws IOException {
    String row =
        Files.readString(Path.of("docs/compliance.md"))
            .lines()
            .filter(line -> line.startsWith("| `" + control.id() + "` |"))
            .findFirst()
            .orElseThrow();

    assertThat(row).contains(control.clauses().stream().map(Clause::toString).toList());
  }
}
