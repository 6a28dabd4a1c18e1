package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.credentials.certificates.Certificates;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.Loops;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.Identity;

/** Another configuration while the gateway runs. */
class ReloadIT {
  private static final String TO_ONE = "routes = [ { name = app, backend = one } ]";
  private static final String TO_TWO = "routes = [ { name = app, backend = two } ]";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  private Origin one() {
    return gateway.origin(
        r -> {
          if (r.line().contains("/gated")) {
            asked.countDown();
            await(release);
          }
          r.reply(200, "one");
        });
  }

  private Origin two() {
    return gateway.origin(r -> r.reply(200, "two"));
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  private int loops = Loops.COUNT;

  private Path file() {
    return gateway.file("gateway.conf");
  }

  private static String backend(String name, Origin origin) {
    return """
        backends.%s {
          endpoints = [ "%s" ]
          tls {
            trust = backend-ca.pem
            certificate { chain = client.pem, key = client.key }
            server-name = legacy.internal
          }
        }
        """
        .formatted(name, origin.address());
  }

  /** Writes a configuration with a plain and a TLS listener, and these parts. */
  private void write(String... parts) throws IOException {
    Files.writeString(
        file(),
        """
        gateway {
          listeners {
            http { bind = "127.0.0.1:0", redirect-to = https }
            https {
              bind = "127.0.0.1:0"
              tls.certificates = [ { chain = server.pem, key = server.key } ]
            }
          }
          admin.bind = "127.0.0.1:0"
          %s
          %s
        %s
        }
        """
            .formatted(
                unless(parts, "runtime.workers", String.valueOf(loops)),
                unless(parts, "keys.watch", "0s"),
                String.join("\n", parts)));
  }

  /** A setting that none of these parts has. */
  private static String unless(String[] parts, String key, String value) {
    return String.join("\n", parts).contains(key) ? "" : key + " = " + value;
  }

  private void start(String... parts) throws IOException {
    write(parts);
    gateway.startFrom(file());
  }

  private void assertReloads() {
    HttpResponse<String> response = gateway.reload("");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  private String get(String path) throws IOException {
    try (RawClient client = RawClient.tls(gateway.https())) {
      RawClient.Response response = client.get(path).read();
      return response.status() + " " + response.body();
    }
  }

  private double reloads(String outcome) {
    return gateway.metric("gateway_config_reloads_total", "outcome=\"" + outcome + "\"");
  }

  // ---- what is applied

  @Test
  void theNextConnectionFollowsTheNewRoutes() throws Exception {
    String backends = backend("one", one()) + backend("two", two());
    start(TO_ONE, backends);
    assertThat(get("/")).isEqualTo("200 one");
    int port = gateway.https().getPort();
    write(TO_TWO, backends);
    HttpResponse<String> response = gateway.reload("");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .contains("configuration: in use, SHA-256 ", "listener https: changed")
        .contains("backend two: unchanged")
        .doesNotContain("listener https: unchanged");
    assertThat(get("/")).isEqualTo("200 two");
    assertThat(gateway.https().getPort()).isEqualTo(port);
    assertThat(gateway.audit().awaitContaining("config-reloaded"))
        .contains("\"trigger\":\"admin\"", "\"configuration\":\"" + file() + "\"", "\"from\":\"")
        .doesNotContain("loosened", "reason");
    assertThat(reloads("applied")).isEqualTo(1);
  }

  @Test
  void theConfigurationInUseIsKnownByItsSum() throws Exception {
    String backends = backend("one", one()) + backend("two", two());
    start(TO_ONE, backends);
    String before = sum();
    write(TO_TWO, backends);
    assertReloads();
    assertThat(sum()).isNotEqualTo(before);
    assertThat(gateway.metric("gateway_config_info")).isEqualTo(1);
    assertThat(gateway.metric("gateway_config_loaded_seconds")).isPositive();
    assertThat(gateway.audit().awaitContaining("config-reloaded"))
        .contains("\"from\":\"" + before + "\"", "\"to\":\"" + sum() + "\"");
    assertThat(gateway.admin("/").body()).contains(sum());
  }

  private String sum() {
    return gateway
        .admin("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("gateway_config_info{"))
        .findFirst()
        .orElseThrow()
        .replaceAll(".*sha256=\"([0-9a-f]+)\".*", "$1");
  }

  @Test
  void whatHasNotChangedIsLeftAlone() throws Exception {
    Origin origin = one();
    start(TO_ONE, backend("one", origin));
    RawClient client = gateway.connect();
    assertThat(client.get("/").read().body()).isEqualTo("one");
    write("# a comment", TO_ONE, backend("one", origin));
    HttpResponse<String> response = gateway.reload("");
    assertThat(response.body())
        .contains(
            "configuration: unchanged", "listener https: unchanged", "backend one: unchanged");
    assertThat(reloads("unchanged")).isEqualTo(1);
    assertThat(client.get("/").read().header("connection")).isNull();
  }

  /** Lines above move every setting: those of the listener, its routes and the backend. */
  @Test
  void whatOnlyMovesInTheFileKeepsItsConnectionsWhileSomethingElseChanges() throws Exception {
    Origin origin = one();
    start(TO_ONE, backend("one", origin));
    RawClient client = gateway.connect();
    assertThat(client.get("/").read().body()).isEqualTo("one");
    write("lame-duck = 1s", TO_ONE, backend("one", origin));
    Files.writeString(file(), "# one\n\n# two\n" + Files.readString(file()));
    assertThat(gateway.reload("").body())
        .contains("configuration: in use", "listener https: unchanged", "backend one: unchanged")
        .doesNotContain(": changed");
    assertThat(reloads("applied")).isEqualTo(1);
    assertThat(client.get("/").read().header("connection")).isNull();
    assertThat(client.get("/").read().body()).isEqualTo("one");
    assertThat(origin.connections()).isEqualTo(1);
  }

  @Test
  void aRedirectIsLeftAloneByWhatItDoesNotUse() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    start(rest);
    RawClient client = gateway.connectPlain();
    assertThat(client.get("/").read().status()).isEqualTo(301);
    write(rest, "drain-timeout = 7s", "audit-log.unwritable = stop-serving");
    assertThat(gateway.reload("").body())
        .contains("listener https: changed")
        .doesNotContain("listener http: changed");
    assertThat(client.get("/").read().header("connection")).isNull();
  }

  @Test
  void anExchangeInFlightIsFinishedAndItsConnectionThenClosed() throws Exception {
    String backends = backend("one", one()) + backend("two", two());
    start(TO_ONE, backends);
    RawClient client = gateway.connect().get("/gated");
    await(asked);
    write(TO_TWO, backends);
    assertReloads();
    assertThat(get("/")).isEqualTo("200 two");
    release.countDown();
    RawClient.Response response = client.read();
    assertThat(response.body()).isEqualTo("one");
    assertThat(response.header("connection")).isEqualTo("close");
    assertThat(client.isClosedByPeer()).isTrue();
  }

  @Test
  void anHttp2ConnectionIsToldTwiceAndEndsWithItsLastStream() throws Exception {
    String backends = backend("one", one()) + backend("two", two());
    start(TO_ONE, backends);
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.get(1, "/gated");
    await(asked);
    write(TO_TWO, backends);
    assertReloads();
    RawHttp2.Frame first = client.readUntil(frame -> frame.type() == RawHttp2.GOAWAY);
    assertThat(first.number(0)).as("last stream").isEqualTo(Integer.MAX_VALUE);
    // What was on its way is still served.
    client.get(3, "/");
    assertThat(client.readHead(3).status()).hasToString("200");
    RawHttp2.Frame second = client.readUntil(frame -> frame.type() == RawHttp2.GOAWAY);
    assertThat(second.number(0)).as("last stream").isEqualTo(3);
    assertThat(second.number(4)).as("error code").isZero();
    release.countDown();
    assertThat(client.readHead(1).status()).hasToString("200");
    client.readToEnd();
  }

  @Test
  void aRequestThatWasOnItsWayIsStillAnswered() throws Exception {
    String backends = backend("one", one()) + backend("two", two());
    start(TO_ONE, backends);
    RawClient client = gateway.connect();
    RawClient silent = gateway.connect();
    RawClient plain = gateway.connectPlain();
    assertThat(client.get("/").read().header("connection")).isNull();
    assertThat(plain.get("/").read().status()).isEqualTo(301);
    write(TO_TWO, backends);
    assertReloads();
    RawClient.Response response = client.get("/").read();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("connection")).isEqualTo("close");
    assertThat(plain.get("/").read().header("connection")).isEqualTo("close");
    assertThat(silent.isClosedByPeer()).isTrue();
  }

  @Test
  void aListenerIsAdded() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    start(rest);
    RawClient client = gateway.connect();
    assertThat(client.get("/").read().body()).isEqualTo("one");
    write(rest, "listeners.second = ${gateway.listeners.https} { public-port = 443 }");
    assertThat(gateway.reload("").body())
        .contains("listener second: added")
        .doesNotContain("listener https: changed");
    try (RawClient other = RawClient.tls(gateway.gateway().address("second"))) {
      assertThat(other.get("/").read().body()).isEqualTo("one");
    }
    assertThat(client.get("/").read().header("connection")).isNull();
  }

  @Test
  void aListenerIsRemovedAndItsExchangesFinished() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    start(rest, "listeners.second = ${gateway.listeners.https}");
    InetSocketAddress second = gateway.gateway().address("second");
    RawClient client = gateway.closing(RawClient.tls(second)).get("/gated");
    await(asked);
    RawClient idle = gateway.closing(RawClient.tls(second));
    write(rest);
    assertThat(gateway.reload("").body()).contains("listener second: removed");
    assertThatThrownBy(() -> RawClient.plain(second)).isInstanceOf(ConnectException.class);
    assertThat(idle.isClosedByPeer()).isTrue();
    release.countDown();
    assertThat(client.read().body()).isEqualTo("one");
    assertThat(client.isClosedByPeer()).isTrue();
  }

  @Test
  void aListenerUnderAnotherNameKeepsItsSocket() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    String bind = gateway.closing(HeldPort.hold()).address();
    String second = "%s = ${gateway.listeners.https} { bind = \"" + bind + "\" }";
    start(rest, "listeners." + second.formatted("old"));
    InetSocketAddress address = gateway.gateway().address("old");
    RawClient client = gateway.closing(RawClient.tls(address)).get("/gated");
    await(asked);
    write(rest, "listeners." + second.formatted("new"));
    assertThat(gateway.reload("").body()).contains("listener new: added", "listener old: removed");
    try (RawClient other = RawClient.tls(address)) {
      assertThat(other.get("/").read().body()).isEqualTo("one");
    }
    assertThat(gateway.metric("gateway_downstream_connections_total", "listener=\"new\""))
        .isEqualTo(1);
    release.countDown();
    assertThat(client.read().body()).isEqualTo("one");
  }

  @Test
  void aBackendThatHasMovedIsReachedWhereItIs() throws Exception {
    Origin old = one();
    start(TO_ONE, backend("one", old));
    assertThat(get("/")).isEqualTo("200 one");
    write(TO_ONE, backend("one", two()));
    assertThat(gateway.reload("").body()).contains("backend one: changed");
    assertThat(get("/")).isEqualTo("200 two");
    assertThat(old.requests()).hasSize(1);
  }

  /** Each event loop has connections of its own, and the next client may come to another one. */
  @Test
  void aBackendThatStaysKeepsItsConnections() throws Exception {
    loops = 1;
    Origin origin = one();
    start(TO_ONE, backend("one", origin));
    assertThat(get("/")).isEqualTo("200 one");
    write(
        "routes = [ { name = app, backend = one, response-timeout = 5s } ]",
        backend("one", origin));
    assertReloads();
    assertThat(get("/")).isEqualTo("200 one");
    assertThat(origin.requests()).hasSize(2);
    assertThat(origin.connections()).isEqualTo(1);
  }

  @Test
  void aBackendThatIsRemovedIsLetGoOnceNothingUsesIt() throws Exception {
    CountDownLatch left = new CountDownLatch(1);
    Origin origin =
        gateway.origin(
            r -> {
              if (r.line().contains("/gated")) {
                asked.countDown();
                await(release);
              }
              r.reply(200, "one");
              // The gateway has the connection in its pool now.
              if (r.raw().read() < 0) {
                left.countDown();
              }
            });
    String two = backend("two", two());
    start(TO_ONE, backend("one", origin), two);
    RawClient client = gateway.connect().get("/gated");
    await(asked);
    write(TO_TWO, two);
    assertThat(gateway.reload("").body()).contains("backend one: removed");
    assertThat(left.getCount()).isEqualTo(1);
    release.countDown();
    assertThat(client.read().body()).isEqualTo("one");
    await(left);
  }

  @Test
  void aSessionIsResumedAcrossAReload() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    start(rest);
    SSLContext remembers = TestPki.context(null, TestPki.FRONT);
    assertThat(gateway.statusOf(remembers)).isEqualTo(200);
    write(rest, "listeners.https.limits.max-connections = 100");
    assertReloads();
    assertThat(gateway.statusOf(remembers)).isEqualTo(200);
    assertThat(gateway.metric("gateway_tls_handshakes_total", "resumed=\"true\"")).isEqualTo(1);
  }

  @Test
  void aSessionIsResumedAlsoWhereTicketKeysHaveAnotherLifeFromNowOn() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    start(rest);
    SSLContext remembers = TestPki.context(null, TestPki.FRONT);
    assertThat(gateway.statusOf(remembers)).isEqualTo(200);
    write(rest, "listeners.https.tls.session-tickets.life = 6h");
    assertReloads();
    assertThat(gateway.statusOf(remembers)).isEqualTo(200);
    assertThat(gateway.metric("gateway_tls_handshakes_total", "resumed=\"true\"")).isEqualTo(1);
  }

  @Test
  void connectionsThatAreOpenCountUnderTheNewLimits() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    start(rest);
    RawClient client = gateway.connect().get("/gated");
    await(asked);
    write(rest, "listeners.https.limits.max-connections = 1");
    assertReloads();
    assertThatThrownBy(() -> RawClient.tls(gateway.https())).isInstanceOf(IOException.class);
    release.countDown();
    assertThat(client.read().body()).isEqualTo("one");
    assertThat(client.isClosedByPeer()).isTrue();
  }

  @Test
  void theAccessLogCanBeTurnedOnMeanwhile() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    start(rest, "access-log.enabled = false");
    assertThat(get("/before")).isEqualTo("200 one");
    write(rest);
    assertReloads();
    assertThat(get("/after")).isEqualTo("200 one");
    gateway.access().awaitContaining("/after");
    assertThat(gateway.access().all()).noneMatch(line -> line.contains("/before"));
  }

  // ---- how keys are handled

  private String install(String name) throws IOException {
    Identity next =
        TestPki.FRONT.issue(
            CertificateRequest.of(name)
                .dns("localhost", "gateway.test", "*.wild.test")
                .ip("127.0.0.1")
                .usage(CertificateRequest.Usage.SERVER_AUTH));
    next.write(gateway.file("server.pem"), gateway.file("server.key"));
    return Certificates.fingerprint(next.certificate());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0s", "1h"})
  void filesAreWatchedAsOftenAsIsAskedNow(String before) throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    start(rest, "keys.watch = " + before);
    write(rest, "keys.watch = 100ms");
    assertReloads();
    String next = install("next");
    assertThat(gateway.audit().awaitContaining("keys-rotated"))
        .contains("\"trigger\":\"files\"", "\"to\":\"" + next + "\"");
  }

  @Test
  void warningsOfExpiryAreGivenAsEarlyAsIsAskedNow() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    Instant now = Instant.now();
    TestPki.FRONT
        .issue(
            CertificateRequest.of("server")
                .dns("localhost")
                .usage(CertificateRequest.Usage.SERVER_AUTH)
                .valid(now.minus(365, ChronoUnit.DAYS), now.plus(50, ChronoUnit.DAYS)))
        .write(gateway.file("server.pem"), gateway.file("server.key"));
    start(rest);
    assertThat(gateway.audit().all()).noneMatch(line -> line.contains("certificate-expiring"));
    write(rest, "keys.expiry-warnings = [ 60d ]");
    assertReloads();
    assertThat(gateway.audit().awaitContaining("certificate-expiring"))
        .contains("\"days_left\":49", "\"places\":\"listeners.https server ");
  }

  private void mode(String name, String mode) throws IOException {
    Files.setPosixFilePermissions(gateway.file(name), PosixFilePermissions.fromString(mode));
  }

  @Test
  void aLooseKeyFileIsTakenOnceItIsAllowedWithAReason() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    start(rest);
    String next = install("next");
    mode("server.key", "rw-r-----");
    mode("client.key", "rw-r-----");
    write(rest, "keys.loose-modes = warn");
    HttpResponse<String> response = gateway.reload("?allow-weaken=the+secret+is+mounted");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.body())
        .contains("less strict: keys: loose-modes refuse -> warn", "rotated to " + next);
    // And so it is from now on.
    String later = install("later");
    mode("server.key", "rw-r-----");
    assertThat(gateway.reload("").body()).contains("rotated to " + later);
  }

  @Test
  void aLooseKeyFileKeepsOutAConfigurationThatRefusesSuch() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    mode("client.key", "rw-r-----");
    start(rest, "keys.loose-modes = warn");
    write(rest);
    assertRefused("'%s' has the mode rw-r-----".formatted(gateway.file("client.key")));
    mode("client.key", "rw-------");
    assertReloads();
    mode("client.key", "rw-r-----");
    assertThat(gateway.reload("").body())
        .contains("backend one: refused: ", "has the mode rw-r-----");
  }

  // ---- what is refused

  /** Nothing has changed, and everybody has been told why. */
  private void assertRefused(String why) throws IOException {
    HttpResponse<String> response = gateway.reload("");
    assertThat(response.statusCode()).isEqualTo(409);
    assertThat(response.body()).contains("configuration: refused: ", why);
    assertThat(get("/")).isEqualTo("200 one");
    assertThat(reloads("refused")).isEqualTo(1);
    assertThat(gateway.audit().awaitContaining("config-refused"))
        .contains("\"trigger\":\"admin\"", "\"problems\":\"");
    assertThat(gateway.audit().all()).noneMatch(line -> line.contains("config-reloaded"));
  }

  @Test
  void aFileThatCannotBeReadChangesNothing() throws Exception {
    start(TO_ONE, backend("one", one()));
    RawClient client = gateway.connect();
    assertThat(client.get("/").read().status()).isEqualTo(200);
    Files.writeString(file(), "gateway {\n  listeners {\n");
    assertRefused(file() + ":");
    assertThat(client.get("/").read().header("connection")).isNull();
  }

  @Test
  void aValueThatCannotBeUsedIsNamedWithItsPlace() throws Exception {
    String backend = backend("one", one());
    start(TO_ONE, backend);
    write("drain-timeout = never", TO_ONE, backend);
    assertRefused(file() + ":12: drain-timeout: must be a time such as 30s, is 'never'");
  }

  @Test
  void aKeyThatCannotBeUsedChangesNothing() throws Exception {
    String backends = backend("one", one());
    start(TO_ONE, backends);
    Files.writeString(gateway.file("broken.key"), "no key");
    write(TO_TWO, backends, backend("two", two()).replace("key = client.key", "key = broken.key"));
    assertRefused("backends.two.tls.certificate.key: ");
  }

  @Test
  void anAddressThatIsTakenChangesNothing() throws Exception {
    String backends = backend("one", one()) + backend("two", two());
    start(TO_ONE, backends);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      write(
          TO_TWO,
          backends,
          "listeners.free = ${gateway.listeners.https}",
          "listeners.second = ${gateway.listeners.https} { bind = \"127.0.0.1:%d\" }"
              .formatted(taken.getLocalPort()));
      assertRefused("cannot bind listener second to 127.0.0.1:" + taken.getLocalPort());
    }
    assertThat(gateway.gateway().addresses()).doesNotContainKeys("free", "second");
  }

  @Test
  void whatNeedsARestartIsRefused() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    start(rest);
    write(rest, "runtime.workers = 7");
    assertRefused("runtime.workers %d -> 7 needs a restart".formatted(Loops.COUNT));
  }

  @Test
  void whatStaysInUseHasToBeUsableToo() throws Exception {
    String backends = backend("one", one()) + backend("two", two());
    start(TO_ONE, backends);
    write(TO_TWO, backends);
    Files.writeString(gateway.file("client.key"), "no key");
    assertRefused("what stays in use of it cannot be opened again, see below");
  }

  @Test
  void lessSecurityIsRefusedAndNamed() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    start(rest);
    write(
        rest,
        "listeners.https.hsts.max-age = 1d, listeners.https.http.trace = true",
        "listeners.https.tls.policy = mozilla-intermediate");
    assertRefused(
        "less strict, which needs allow-weaken with a reason: listener https: hsts.max-age 365d ->"
            + " 1d");
    assertThat(gateway.audit().awaitContaining("config-refused"))
        .contains(
            "\"loosened\":\"listener https: tls.policy approved -> mozilla-intermediate, which"
                + " adds",
            "; listener https: http.trace off -> on");
  }

  @Test
  void lessSecurityIsAppliedWithAReasonThatIsKept() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    start(rest);
    write(rest, "listeners.https.hsts.max-age = 1d");
    HttpResponse<String> response = gateway.reload("?allow-weaken=we+move+the+domain");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains("less strict: listener https: hsts.max-age 365d -> 1d");
    try (RawClient client = RawClient.tls(gateway.https())) {
      assertThat(client.get("/").read().header("strict-transport-security"))
          .startsWith("max-age=86400");
    }
    assertThat(gateway.audit().awaitContaining("config-reloaded"))
        .contains("\"loosened\":\"listener https: hsts", "\"reason\":\"we move the domain\"");
    assertThat(gateway.audit().awaitContaining("config-loosened"))
        .contains("\"what\":\"listener https: hsts", "\"reason\":\"we move the domain\"");
  }

  @Test
  void moreTrustByAnotherFileIsRefused() throws Exception {
    String backend = backend("one", one());
    start(TO_ONE, backend);
    TestPki.trust(gateway.file("other-ca.pem"), TestPki.STRANGERS);
    write(TO_ONE, backend.replace("backend-ca.pem", "other-ca.pem"));
    assertRefused("backend one: trusts CN=strangers");
  }

  @Test
  void moreTrustOfABackendUnderAnotherNameIsRefused() throws Exception {
    Origin one = one();
    start(TO_ONE, backend("one", one));
    TestPki.trust(gateway.file("other-ca.pem"), TestPki.STRANGERS);
    write(TO_TWO, backend("two", one).replace("backend-ca.pem", "other-ca.pem"));
    assertRefused("backend two, which takes requests of backend one: trusts CN=strangers");
  }

  @Test
  void moreTrustOfAListenerUnderAnotherNameIsRefused() throws Exception {
    String rest = TO_ONE + "\n" + backend("one", one());
    String clients = "tls.client-auth { mode = optional, trust = clients-ca.pem }";
    start(rest, "listeners.https." + clients);
    TestPki.trust(gateway.file("other-ca.pem"), TestPki.STRANGERS);
    write(rest, "listeners.https." + clients.replace("clients-ca", "other-ca"));
    Files.writeString(file(), Files.readString(file()).replace("https", "front"));
    assertRefused("listener front: trusts CN=strangers");
  }

  // ---- metrics

  @Test
  void theAdminListenerIsMeasuredAfterAReloadToo() throws Exception {
    String backend = backend("one", one());
    start(TO_ONE, backend);
    String series = "gateway_downstream_connections_total{listener=\"admin\"}";
    assertThat(gateway.admin("/metrics").body()).contains(series);
    write(TO_ONE, backend, "drain-timeout = 7s");
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    assertThat(gateway.admin("/metrics").body()).contains(series);
  }

  // ---- under load

  /** Some keep their connections, some open one for each request; none of them tries twice. */
  @Test
  void noRequestFailsDuringFiftyReloads() throws Exception {
    String backends = backend("one", one()) + backend("two", two());
    start(TO_ONE, backends);
    AtomicBoolean over = new AtomicBoolean();
    Semaphore served = new Semaphore(0);
    HttpClient http2 = gateway.client(HttpClient.Version.HTTP_2);
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> loads = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        loads.add(clients.submit(() -> keepAlive(over, served)));
        loads.add(clients.submit(() -> anew(over, served)));
        loads.add(clients.submit(() -> http2(http2, over, served)));
      }
      boolean serving = true;
      for (int i = 0; i < 50 && serving; i++) {
        write(i % 2 == 0 ? TO_TWO : TO_ONE, backends);
        gateway.gateway().reload("test", null);
        served.drainPermits();
        serving = served.tryAcquire(20, 20, TimeUnit.SECONDS);
      }
      over.set(true);
      for (Future<?> load : loads) {
        load.get(60, TimeUnit.SECONDS);
      }
    }
    assertThat(reloads("applied")).isEqualTo(50);
    assertThat(gateway.metric("gateway_tls_handshake_failures_total")).isZero();
    assertThat(gateway.metric("gateway_downstream_exchange_failures_total")).isZero();
  }

  private Object keepAlive(AtomicBoolean over, Semaphore served) throws IOException {
    while (!over.get()) {
      try (RawClient client = RawClient.tls(gateway.https())) {
        boolean open = true;
        while (open && !over.get()) {
          RawClient.Response response = client.get("/").read();
          assertThat(response.status()).isEqualTo(200);
          served.release();
          open = response.header("connection") == null;
        }
      }
    }
    return over;
  }

  private Object anew(AtomicBoolean over, Semaphore served) throws IOException {
    while (!over.get()) {
      assertThat(get("/")).startsWith("200 ");
      served.release();
    }
    return over;
  }

  private Object http2(HttpClient client, AtomicBoolean over, Semaphore served) throws Exception {
    while (!over.get()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(gateway.uri("/")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(200);
      served.release();
    }
    return over;
  }
}
