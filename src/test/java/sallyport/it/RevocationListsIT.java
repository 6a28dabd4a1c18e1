package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.comply.checklist.Checklist;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Finding;
import sallyport.comply.checklist.control.Status;
import sallyport.config.GatewayConfig;
import sallyport.credentials.certificates.Certificates;
import sallyport.gateway.ConfigurationCheck;
import sallyport.logging.setup.LogSetup;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OpensslCa;
import sallyport.testkit.Origin;
import sallyport.testkit.PageCommands;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestClock;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.Identity;

/** Peers whose certificates were revoked, as lists of OpenSSL's say. */
class RevocationListsIT {
  private static final String UNWATCHED = "keys.watch = 0s";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();
  private final TestClock clock = new TestClock(Instant.now());
  private OpensslCa ca;
  private Identity user;

  @BeforeEach
  void authority() throws Exception {
    ca = OpensslCa.create(gateway.file("ca-1"), "users");
    // Not before the authority is valid.
    clock.set(Instant.now());
    user = ca.issueUser("user");
  }

  // ---- clients

  private static String clients(String mode) {
    return "client-auth { mode = required, trust = ca-1/ca.pem, revocation { crls = [ users.crl ],"
        + " mode = "
        + mode
        + " } }";
  }

  private Origin startForClients(String mode) {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.startWith(Setup.to(origin).tls(clients(mode)).gateway(UNWATCHED).hocon(), clock);
    return origin;
  }

  private int statusOf(Identity identity) throws IOException {
    return gateway.statusOf(identity, "TLSv1.3");
  }

  private double checks(String peer, String outcome) {
    return gateway.metric(
        "gateway_tls_revocation_checks_total",
        "peer=\"" + peer + "\"",
        "outcome=\"" + outcome + "\"");
  }

  private void assertClientRefused(Origin origin, String reason) {
    gateway.assertHandshakeRefused(reason);
    assertThat(origin.requests()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"hard,TLSv1.2", "hard,TLSv1.3", "soft,TLSv1.2", "soft,TLSv1.3"})
  void aRevokedClientIsRefused(String mode, String version) throws Exception {
    ca.revoke(user);
    ca.list(gateway.file("users.crl"));
    Origin origin = startForClients(mode);
    assertThat(gateway.statusOf(user, version)).isZero();
    assertClientRefused(origin, "client_certificate_revoked");
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("reason: KEY_COMPROMISE");
    assertThat(checks("client", "revoked")).isEqualTo(1);
  }

  @Test
  void itIsToldWhy() throws Exception {
    user.write(gateway.file("user.pem"), gateway.file("user.key"));
    ca.revoke(user);
    ca.list(gateway.file("users.crl"));
    startForClients("hard");
    assertThat(
            PageCommands.run(
                gateway.folder(),
                "openssl s_client -tls1_3 -ign_eof -cert user.pem -key user.key -connect 127.0.0.1:"
                    + gateway.https().getPort()
                    + " || true"))
        .contains("alert certificate revoked");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hard", "soft"})
  void aClientThatWasNotRevokedIsServed(String mode) throws Exception {
    ca.revoke(ca.issueUser("other"));
    ca.list(gateway.file("users.crl"));
    startForClients(mode);
    assertThat(statusOf(user)).isEqualTo(200);
    assertThat(checks("client", "good")).isEqualTo(1);
    assertThat(gateway.metric("gateway_tls_crl_next_update_seconds", "issuer=\"CN=users\""))
        .isGreaterThan(Instant.now().getEpochSecond() * 1.0);
  }

  @Test
  void aListInDerIsRead() throws Exception {
    ca.revoke(user);
    ca.list(gateway.file("users.pem"));
    ca.run("openssl crl -in ../users.pem -outform DER -out ../users.crl");
    startForClients("hard");
    assertThat(statusOf(user)).isZero();
  }

  private void expiredList() throws Exception {
    Instant now = Instant.now();
    ca.list(gateway.file("users.crl"), now.minusSeconds(7200), now.minusSeconds(3600));
  }

  @Test
  void whereTheListHasExpiredHardRefuses() throws Exception {
    expiredList();
    Origin origin = startForClients("hard");
    assertThat(statusOf(user)).isZero();
    assertClientRefused(origin, "client_revocation_unknown");
    assertThat(gateway.audit().awaitContaining("handshake-refused")).contains("is not current");
    assertThat(checks("client", "unknown_refused")).isEqualTo(1);
  }

  @Test
  void whereTheListHasExpiredSoftLetsPassAndCounts() throws Exception {
    expiredList();
    startForClients("soft");
    assertThat(statusOf(user)).isEqualTo(200);
    assertThat(checks("client", "unknown_passed")).isEqualTo(1);
  }

  @Test
  void anExpiredListStillSaysWhoWasRevoked() throws Exception {
    ca.revoke(user);
    expiredList();
    startForClients("soft");
    assertThat(statusOf(user)).isZero();
    assertThat(checks("client", "revoked")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"hard,0", "soft,200"})
  void aClientOfAnAuthorityWithoutAListIsOneOfWhomNothingIsKnown(String mode, int status)
      throws Exception {
    ca.list(gateway.file("users.crl"));
    OpensslCa other = OpensslCa.create(gateway.file("ca-2"), "others");
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    Files.writeString(
        gateway.file("both.pem"),
        Files.readString(ca.certificate()) + Files.readString(other.certificate()));
    gateway.start(
        Setup.to(origin).tls(clients(mode).replace("ca-1/ca.pem", "both.pem")).gateway(UNWATCHED));
    assertThat(statusOf(user)).isEqualTo(200);
    assertThat(statusOf(other.issueUser("other"))).isEqualTo(status);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hard", "soft"})
  void whoIsBelowARevokedAuthorityIsRefused(String mode) throws Exception {
    OpensslCa below = ca.below(gateway.file("ca-2"), "below");
    Identity employee = below.issueUser("employee");
    below.list(gateway.file("below.crl"));
    ca.list(gateway.file("users.crl"));
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin)
            .tls(clients(mode).replace("users.crl", "users.crl, below.crl"))
            .gateway(UNWATCHED));
    assertThat(statusOf(employee)).isEqualTo(200);
    ca.revoke(employee.chain().get(1));
    ca.list(gateway.file("users.crl"));
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    assertThat(statusOf(employee)).isZero();
    gateway.audit().awaitContaining("client_certificate_revoked");
  }

  @Test
  void aListThatItsAuthorityDidNotSignIsRefusedAtTheStart() throws Exception {
    OpensslCa namesake = OpensslCa.create(gateway.file("ca-2"), "users");
    Instant now = Instant.now();
    namesake.list(gateway.file("users.crl"), now, now.plusSeconds(3600), "");
    assertThat(gateway.problem(Setup.to("127.0.0.1:1").tls(clients("hard")).hocon()))
        .hasMessageContaining(
            "tls.client-auth.revocation.crls: '"
                + gateway.file("users.crl")
                + "': the CRL of CN=users, number 1 of ")
        .hasMessageContaining("was not signed by that authority");
  }

  // ---- rotation

  @Test
  void aNewListCountsForTheNextHandshakeWithoutBeingAsked() throws Exception {
    ca.list(gateway.file("users.crl"));
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(Setup.to(origin).tls(clients("hard")).gateway("keys.watch = 100ms"));
    assertThat(statusOf(user)).isEqualTo(200);
    ca.revoke(user);
    ca.list(gateway.file("users.crl"));
    assertThat(gateway.audit().awaitContaining("keys-rotated")).contains("\"trigger\":\"files\"");
    assertThat(statusOf(user)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aSessionThatWasBegunBeforeIsNotResumed(String version) throws Exception {
    ca.list(gateway.file("users.crl"));
    startForClients("hard");
    Identity other = ca.issueUser("other");
    SSLContext revoked = TestPki.context(user, TestPki.FRONT);
    SSLContext good = TestPki.context(other, TestPki.FRONT);
    for (SSLContext client : List.of(revoked, good)) {
      assertThat(gateway.statusOf(client, version)).isEqualTo(200);
    }
    ca.revoke(user);
    ca.list(gateway.file("users.crl"));
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    assertThat(gateway.statusOf(revoked, version)).isZero();
    gateway.audit().awaitContaining("client_certificate_revoked");
    assertThat(resumptions()).isZero();
    // Everybody else's go on.
    assertThat(gateway.statusOf(good, version)).isEqualTo(200);
    assertThat(resumptions()).isEqualTo(1);
  }

  @Test
  void norIsOneWhenTheListHasExpiredMeanwhile() throws Exception {
    ca.list(gateway.file("users.crl"));
    startForClients("hard");
    SSLContext remembers = TestPki.context(user, TestPki.FRONT);
    assertThat(gateway.statusOf(remembers, "TLSv1.3")).isEqualTo(200);
    clock.advance(Duration.ofHours(2));
    assertThat(gateway.statusOf(remembers, "TLSv1.3")).isZero();
    gateway.audit().awaitContaining("client_revocation_unknown");
    assertThat(resumptions()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"hard,continue,ready", "hard,not-ready,crl-ended", "soft,not-ready,ready"})
  void aListThatEndsIsToldMeasuredAndMayMakeUnready(String mode, String key, String state)
      throws Exception {
    ca.list(gateway.file("users.crl"));
    gateway.startWith(
        Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .tls(clients(mode))
            .gateway(UNWATCHED + "\nkeys.crl-ended = " + key)
            .hocon(),
        clock);
    assertThat(gateway.admin("/readyz").body()).isEqualTo("ready\n");
    clock.advance(Duration.ofHours(2));
    assertThat(gateway.audit().awaitContaining("crl-ended"))
        .contains("\"owner\":\"listener https\"", "CN=users", "\"mode\":\"" + mode + "\"");
    gateway.awaitMetric(1, "gateway_tls_crls_ended", "peer=\"client\"", "name=\"https\"");
    assertThat(gateway.admin("/readyz").body()).startsWith(state + "\n");
    assertThat(gateway.admin("/readyz").body().contains("revocation list ended: listener https: "))
        .isEqualTo(mode.equals("hard"));
  }

  @Test
  void aListThatIsNotCurrentYetHasNotEndedAndIsToldWhenItHas() throws Exception {
    Instant from = clock.instant().plus(Duration.ofMinutes(1)).truncatedTo(ChronoUnit.SECONDS);
    ca.list(gateway.file("users.crl"), from, from.plus(Duration.ofHours(1)));
    // That of another listener has ended: it is told in the same turn, and later.
    ca.list(gateway.file("ended.crl"), from.minusSeconds(3600), from.minusSeconds(1800));
    gateway.startWith(
        Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .tls(clients("hard"))
            .gateway(UNWATCHED + "\nkeys.crl-ended = not-ready\n" + listener("ended", "ended.crl"))
            .hocon(),
        clock);
    gateway.audit().awaitContaining("\"owner\":\"listener ended\"");
    gateway.awaitMetric(0, "gateway_tls_crls_ended", "peer=\"client\"", "name=\"https\"");
    assertThat(gateway.audit().all()).noneMatch(RevocationListsIT::isEndOfHttps);
    assertThat(gateway.admin("/readyz").body()).doesNotContain("listener https: ");
    clock.advance(Duration.ofHours(2));
    gateway.awaitMetric(1, "gateway_tls_crls_ended", "peer=\"client\"", "name=\"https\"");
    assertThat(gateway.audit().all()).filteredOn(RevocationListsIT::isEndOfHttps).hasSize(1);
  }

  private static boolean isEndOfHttps(String line) {
    return line.contains("crl-ended") && line.contains("listener https");
  }

  private static String listener(String name, String crls) {
    return """
        listeners.%s {
          bind = "127.0.0.1:0"
          tls {
            certificates = [ { chain = server.pem, key = server.key } ]
            client-auth {
              mode = required, trust = ca-1/ca.pem
              revocation { crls = [ %s ], mode = hard }
            }
          }
        }
        """
        .formatted(name, crls);
  }

  @Test
  void anEndIsToldOnceWhateverIsReloadedAndIsMeasuredWhileTheListIsInUse() throws Exception {
    expiredList();
    Path file = gateway.file("gateway.conf");
    Setup setup = Setup.to(gateway.origin(r -> r.reply(200, "hello"))).gateway(UNWATCHED);
    Files.writeString(file, setup.tls(clients("hard")).hocon());
    gateway.startFrom(file);
    gateway.audit().awaitContaining("crl-ended");
    // The listener is opened anew, and its list is told of before that of the one after it.
    Files.writeString(
        file,
        setup
            .limits("max-fields = 50")
            .gateway(UNWATCHED + "\n" + listener("other", "users.crl"))
            .hocon());
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    gateway.audit().awaitContaining("\"owner\":\"listener other\"");
    assertThat(gateway.audit().all()).filteredOn(RevocationListsIT::isEndOfHttps).hasSize(1);
    assertThat(gateway.admin("/metrics").body())
        .contains("gateway_tls_crls_ended{name=\"https\"", "gateway_tls_crls_ended{name=\"other\"");
    // One has its lists taken away, the other one is gone.
    Files.writeString(
        file,
        setup
            .tls("client-auth { mode = required, trust = ca-1/ca.pem }")
            .gateway(UNWATCHED)
            .hocon());
    assertThat(gateway.reload("?allow-weaken=no+lists").statusCode()).isEqualTo(200);
    gateway.awaitMetric(0, "gateway_tls_crls_ended");
    gateway.awaitMetric(0, "gateway_tls_crl_next_update_seconds");
  }

  @ParameterizedTest
  @CsvSource({"hard,FAIL", "soft,WARN"})
  void aCheckSaysThatAListHasEnded(String mode, Status status) throws Exception {
    expiredList();
    GatewayConfig config =
        GatewayConfig.parse(Setup.to("127.0.0.1:1").tls(clients(mode)).hocon(), gateway.folder());
    assertThat(Checklist.of(ConfigurationCheck.of(config, LogSetup.toStderr(), clock)).findings())
        .filteredOn(finding -> finding.control() == Control.REVOCATION)
        .flatExtracting(Finding::evidence)
        .anySatisfy(
            each -> {
              assertThat(each.status()).isEqualTo(status);
              assertThat(each.text()).contains("which is not current: until");
            });
  }

  @Test
  void openConnectionsOfARevokedClientAreCutAndNobodyElses() throws Exception {
    ca.list(gateway.file("users.crl"));
    startForClients("hard");
    RawClient revoked = open(user);
    RawClient other = open(ca.issueUser("other"));
    ca.revoke(user);
    ca.list(gateway.file("users.crl"));
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    assertThat(revoked.isClosedByPeer()).isTrue();
    assertThat(gateway.audit().awaitContaining("client-cut"))
        .contains(Certificates.fingerprint(user.certificate()));
    assertThat(other.get("/").read().status()).isEqualTo(200);
  }

  private RawClient open(Identity identity) throws Exception {
    RawClient client =
        gateway.closing(
            RawClient.tls(gateway.https(), TestPki.context(identity, TestPki.FRONT), "localhost"));
    assertThat(client.get("/").read().status()).isEqualTo(200);
    return client;
  }

  @Test
  void whereTheRefusedAreAnsweredARevokedClientIs() throws Exception {
    ca.revoke(user);
    ca.list(gateway.file("users.crl"));
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin)
            .tls(clients("hard").replace("mode = required", "mode = required, refuse-with = 403"))
            .gateway(UNWATCHED));
    assertThat(statusOf(user)).isEqualTo(403);
    assertThat(gateway.audit().awaitContaining("access-refused")).contains("KEY_COMPROMISE");
    assertThat(origin.requests()).isEmpty();
  }

  private double resumptions() {
    return gateway.metric("gateway_tls_handshakes_total", "resumed=\"true\"");
  }

  @Test
  void anOlderListIsRefusedAndTheOneInUseStays() throws Exception {
    ca.list(gateway.file("old.crl"));
    ca.revoke(user);
    ca.list(gateway.file("users.crl"));
    startForClients("hard");
    Files.copy(
        gateway.file("old.crl"),
        gateway.file("users.crl"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    HttpResponse<String> refused = gateway.reload("");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body())
        .contains("the CRL of CN=users, number 1 of ")
        .contains(" is older than the one in use, the CRL of CN=users, number 2 of ");
    assertThat(statusOf(user)).isZero();
    assertThat(gateway.reload("?allow-weaken=restored").statusCode()).isEqualTo(200);
    assertThat(statusOf(user)).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "not a list"})
  void aFileThatIsNoListIsRefusedAndTheOneInUseStays(String content) throws Exception {
    ca.revoke(user);
    ca.list(gateway.file("users.crl"));
    startForClients("hard");
    Files.writeString(gateway.file("users.crl"), content);
    HttpResponse<String> refused = gateway.reload("");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("is not a file with CRLs, PEM or DER");
    gateway.audit().awaitContaining("rotation-refused");
    assertThat(statusOf(user)).isZero();
    assertThat(
            gateway.metric("gateway_tls_rotations_total", "name=\"https\"", "outcome=\"refused\""))
        .isEqualTo(1);
  }

  // ---- backends

  private Identity backend() throws Exception {
    return ca.issueServer("DNS:legacy.internal");
  }

  private Origin startForBackend(Identity identity, String mode) {
    Origin origin = gateway.origin(identity, TestPki.BACK, r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin)
            .upstreamTls(
                "trust = ca-1/ca.pem, revocation { crls = [ users.crl ], mode = " + mode + " }")
            .gateway(UNWATCHED));
    return origin;
  }

  @ParameterizedTest
  @ValueSource(strings = {"hard", "soft"})
  void aRevokedBackendGetsNothing(String mode) throws Exception {
    Identity identity = backend();
    ca.revoke(identity);
    ca.list(gateway.file("users.crl"));
    Origin origin = startForBackend(identity, mode);
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(502);
    assertThat(gateway.audit().awaitContaining("backend-refused"))
        .contains("\"reason\":\"tls_revoked\"")
        .contains("Certificate has been revoked, reason: KEY_COMPROMISE");
    assertThat(gateway.metric("gateway_upstream_failures_total", "failure=\"tls_revoked\""))
        .isEqualTo(1);
    assertThat(origin.requests()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"hard,502", "soft,200"})
  void aBackendOfWhichNothingIsKnownIsRefusedOrCounted(String mode, int status) throws Exception {
    expiredList();
    startForBackend(backend(), mode);
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(status);
    assertThat(checks("backend", status == 200 ? "unknown_passed" : "unknown_refused"))
        .isEqualTo(1);
  }

  @Test
  void aPooledConnectionToABackendThatIsRevokedIsNotUsedAgain() throws Exception {
    Identity identity = backend();
    ca.list(gateway.file("users.crl"));
    Origin origin = startForBackend(identity, "hard");
    RawClient client = gateway.connect();
    assertThat(client.get("/").read().status()).isEqualTo(200);
    assertThat(client.get("/").read().status()).isEqualTo(200);
    assertThat(origin.connections()).isEqualTo(1);
    ca.revoke(identity);
    ca.list(gateway.file("users.crl"));
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    assertThat(client.get("/").read().status()).isEqualTo(502);
    assertThat(origin.requests()).hasSize(2);
  }
}
