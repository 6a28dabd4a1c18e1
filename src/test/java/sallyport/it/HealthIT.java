package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Eventually;
import sallyport.testkit.Fault;
import sallyport.testkit.FaultyBackend;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.LogLines;
import sallyport.testkit.Nginx;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** Health checks over mutual TLS: what endpoints see of them, and who gets requests. */
class HealthIT {
  private static final int REQUESTS = 12;

  /** The first check decides, and none follows. */
  private static final String ONCE = "interval = 1h, jitter = 0%, timeout = 5s";

  /** As fast as a busy machine allows. */
  private static final String FAST = "interval = 1s, timeout = 1s, jitter = 0%, rise = 1, fall = 2";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final LogLines log = new LogLines("sallyport.connect.endpoint.CheckObserver");

  @AfterEach
  void close() {
    log.close();
  }

  private Origin healthy() {
    return gateway.origin(r -> r.reply(200, "healthy"));
  }

  private static String http(String more) {
    return "health { check = http, path = \"/health\", " + more + " }";
  }

  private RawClient.Response get() {
    try (RawClient client = RawClient.tls(gateway.https())) {
      return client.get("/").read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Integer> statuses() {
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      statuses.add(get().status());
    }
    return statuses;
  }

  private double checks(String address, String result) {
    return gateway.metric(
        "gateway_upstream_health_checks_total",
        "endpoint=\"" + address + "\"",
        "result=\"" + result + "\"");
  }

  private void awaitPassed(String address) {
    Eventually.equal("a check passed", true, () -> checks(address, "passed") >= 1);
  }

  private void assertUnhealthy(String address, String reason) {
    assertThat(log.awaitContaining("endpoint " + address + " is unhealthy"))
        .isEqualTo(
            "backend app: endpoint " + address + " is unhealthy: a health check failed: " + reason);
    assertThat(gateway.metric("gateway_upstream_endpoint_up", "endpoint=\"" + address + "\""))
        .isZero();
    assertThat(gateway.admin("/").body()).contains("unhealthy (" + reason + ")");
    assertThat(statuses()).as("another endpoint serves").containsOnly(200);
    assertThat(gateway.metric("gateway_upstream_failures_total")).as("no request met it").isZero();
  }

  // ---- what an endpoint sees

  @Test
  void aCheckLooksLikeAClientThatClosesAndIsNoTraffic() throws IOException {
    Origin origin = healthy();
    gateway.start(
        Setup.to(origin)
            .backend("health { check = http, path = \"/health?deep=1\", " + ONCE + " }"));
    awaitPassed(origin.address());
    Origin.Request request = origin.requests().getFirst();
    assertThat(request.line()).isEqualTo("GET /health?deep=1 HTTP/1.1");
    assertThat(request.fields())
        .containsExactlyInAnyOrder(
            "host: legacy.internal",
            "user-agent: Sallyport-Health-Check",
            "accept: */*",
            "connection: close");
    assertThat(TestPki.subject(request.peer())).isEqualTo("CN=gateway,O=Sallyport development");
    assertThat(origin.requests()).as("one check, however many event loops").hasSize(1);
    assertThat(gateway.metric("gateway_upstream_handshakes_total")).isZero();
    assertThat(gateway.metric("gateway_upstream_connect_seconds_count")).isZero();
    assertThat(gateway.metric("gateway_upstream_connections_active")).isZero();
    assertThat(gateway.admin("/").body()).contains("<td>healthy<td>");
    assertThat(log.all()).isEmpty();
  }

  /** nginx demands the gateway's certificate, and says what it saw of the client. */
  @ParameterizedTest
  @CsvSource({
    "'', protocol = auto, HTTP/1.1",
    "http2, protocol = auto, HTTP/2.0",
    "http2, protocol = http2, HTTP/2.0",
    "http2, protocol = http1, HTTP/1.1",
    "proxy_protocol, proxy-protocol = v1, HTTP/1.1",
    "proxy_protocol, proxy-protocol = v2, HTTP/1.1",
  })
  void aCheckTakesTheWayOfRequests(String listen, String backend, String version)
      throws IOException {
    Nginx nginx =
        gateway.closing(
            Nginx.start(
                gateway.file("nginx"),
                listen,
                "location / { return 200"
                    + " \"$ssl_client_s_dn $server_protocol $host [$proxy_protocol_addr]\"; }"));
    String body = "CN=gateway,O=Sallyport development " + version + " app.internal []";
    gateway.start(
        Setup.to(nginx.address())
            .backend(
                backend
                    + ", "
                    + http("host = \"app.internal\", body = \"" + body + "\", " + ONCE)));
    awaitPassed(nginx.address());
    assertThat(log.all()).isEmpty();
  }

  // ---- what takes an endpoint out

  @Test
  void anEndpointWithAnotherStatusGetsNoRequests() {
    Origin ill = gateway.origin(r -> r.reply(503, "away"));
    gateway.start(Setup.to(ill, healthy()).backend(http(ONCE)));
    assertUnhealthy(ill.address(), "its status is 503");
    assertThat(ill.requests()).as("the check").hasSize(1);
    assertThat(checks(ill.address(), "wrong_status")).isEqualTo(1);
  }

  @Test
  void anEndpointWithoutTheExpectedTextGetsNoRequests() {
    Origin ill = gateway.origin(r -> r.reply(200, "starting"));
    Origin well = gateway.origin(r -> r.reply(200, "state: healthy."));
    gateway.start(Setup.to(ill, well).backend(http("body = \"healthy\", " + ONCE)));
    assertUnhealthy(ill.address(), "its body does not have the expected text");
    assertThat(checks(ill.address(), "wrong_body")).isEqualTo(1);
  }

  /** A body without an end is read up to its limit, and no further. */
  @Test
  void aBodyIsReadUpToItsLimit() {
    Origin endless =
        gateway.origin(
            r -> {
              r.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
              for (int i = 0; i < 80; i++) {
                r.write("x".repeat(1024));
              }
              r.awaitEnd();
            });
    gateway.start(Setup.to(endless).backend(http(ONCE)));
    awaitPassed(endless.address());
  }

  @Test
  void anEndpointThatHangsGetsNoRequests() {
    Origin hanging =
        gateway.origin(
            r -> {
              if (!r.line().contains("/health")) {
                r.reply(200, "healthy");
              }
            });
    gateway.start(
        Setup.to(hanging, healthy()).backend(http("interval = 1h, jitter = 0%, timeout = 1s")));
    assertUnhealthy(hanging.address(), "response_timeout");
    assertThat(hanging.requests()).hasSize(1);
  }

  @Test
  void anEndpointThatRefusesGetsNoRequests() {
    HeldPort refusing = gateway.closing(HeldPort.hold());
    gateway.start(Setup.to(refusing.address(), healthy().address()).backend(http(ONCE)));
    log.awaitContaining(
        refusing.address() + " is unhealthy: a health check failed: connect_refused");
    assertThat(statuses()).containsOnly(200);
    assertThat(gateway.metric("gateway_upstream_failures_total")).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "tls"})
  void anEndpointOfAStrangerGetsNoRequestsAndIsAudited(String check) {
    Origin stranger =
        gateway.origin(TestPki.SERVER, TestPki.BACK, r -> r.reply(200, "not the one"));
    gateway.start(
        Setup.to(stranger, healthy()).backend("health { check = " + check + ", " + ONCE + " }"));
    log.awaitContaining(stranger.address() + " is unhealthy: a health check failed: tls_untrusted");
    assertThat(gateway.audit().awaitContaining("backend-refused"))
        .contains("tls_untrusted", stranger.address());
    assertThat(statuses()).containsOnly(200);
    assertThat(stranger.requests()).isEmpty();
  }

  /** Under TLS 1.3 its verdict comes after the handshake: a check of the handshake would pass. */
  @Test
  void anEndpointThatRefusesTheGatewaysCertificateGetsNoRequests() {
    Origin strict = gateway.origin(TestPki.BACKEND, TestPki.STRANGERS, r -> r.reply(200, "never"));
    gateway.start(Setup.to(strict, healthy()).backend(http(ONCE)));
    log.awaitContaining(
        strict.address() + " is unhealthy: a health check failed: tls_identity_refused");
    assertThat(statuses()).containsOnly(200);
  }

  @Test
  void aTlsCheckNeedsNoHttp() {
    Origin silent = gateway.origin(r -> {});
    HeldPort refusing = gateway.closing(HeldPort.hold());
    gateway.start(
        Setup.to(silent.address(), refusing.address())
            .backend("health { check = tls, " + ONCE + " }"));
    awaitPassed(silent.address());
    log.awaitContaining(refusing.address() + " is unhealthy");
    assertThat(silent.requests()).isEmpty();
  }

  /** A TCP check tells nothing of TLS. */
  @Test
  void aTcpCheckNeedsNoTls() throws IOException {
    ServerSocket plain = gateway.closing(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    String address = "127.0.0.1:" + plain.getLocalPort();
    HeldPort refusing = gateway.closing(HeldPort.hold());
    gateway.start(
        Setup.to(address, refusing.address()).backend("health { check = tcp, " + ONCE + " }"));
    awaitPassed(address);
    log.awaitContaining(refusing.address() + " is unhealthy");
    assertThat(plain.accept().getInputStream().read())
        .as("closed, with nothing sent")
        .isEqualTo(-1);
  }

  /** As {@code kill -STOP}: the kernel takes connections, and the process does nothing. */
  @Test
  void aStoppedProcessCostsNoRequestAfterFallChecksAndReturnsWhenItGoesOn() throws Exception {
    Nginx one = nginx("one");
    Nginx other = nginx("other");
    gateway.start(
        Setup.to(one.address(), other.address())
            .backend(http("interval = 1s, timeout = 1s, rise = 1, fall = 2")));
    awaitPassed(one.address());
    awaitPassed(other.address());
    assertThat(bodies()).contains("one", "other");
    one.signal("STOP");
    log.awaitContaining(one.address() + " is unhealthy: 2 health checks failed in a row");
    double failures = gateway.metric("gateway_upstream_failures_total");
    assertThat(bodies()).containsOnly("other");
    assertThat(gateway.metric("gateway_upstream_failures_total")).isEqualTo(failures);
    one.signal("CONT");
    log.awaitContaining(one.address() + " is healthy again");
    assertThat(bodies()).contains("one", "other");
  }

  /** Its ejection ends many times over while its checks fail. */
  @Test
  void noRequestTriesAnEjectedEndpointUntilACheckHasPassed() {
    FaultyBackend ill = gateway.closing(FaultyBackend.start(FaultyBackend.Protocol.HTTP1));
    gateway.start(
        Setup.to(ill.address(), healthy().address())
            .backend(
                "ejection.base = 50ms, ejection.longest = 50ms, health { check = tcp,"
                    + " interval = 100ms, timeout = 100ms, jitter = 0%, rise = 1, fall = 100 }"));
    awaitPassed(ill.address());
    ill.set(Fault.REFUSES_CONNECTIONS);
    requestsUntil(() -> gateway.metric("gateway_upstream_endpoint_up") == 1);
    double before = checks(ill.address(), "connect_refused");
    requestsUntil(() -> checks(ill.address(), "connect_refused") >= before + 10);
    assertThat(gateway.metric("gateway_upstream_failures_total")).as("five in a row").isEqualTo(5);
    ill.set(Fault.NONE);
    requestsUntil(() -> gateway.metric("gateway_upstream_endpoint_up") == 2);
  }

  /** Requests one after the other, each of which is answered. */
  private void requestsUntil(BooleanSupplier over) {
    Eventually.equal(
        "over",
        true,
        () -> {
          assertThat(get().status()).isEqualTo(200);
          return over.getAsBoolean();
        });
  }

  private Nginx nginx(String name) throws IOException {
    return gateway.closing(
        Nginx.start(gateway.file(name), "", "location / { return 200 " + name + "; }"));
  }

  private List<String> bodies() {
    List<String> bodies = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      RawClient.Response response = get();
      assertThat(response.status()).isEqualTo(200);
      bodies.add(response.body());
    }
    return bodies;
  }

  // ---- changes

  @Test
  void anEndpointThatFlapsIsOutAfterFallAndBackAfterRise() {
    AtomicInteger status = new AtomicInteger(200);
    Origin flapping = gateway.origin(r -> r.reply(status.get(), "flapping"));
    gateway.start(Setup.to(flapping, healthy()).backend(http(FAST)));
    awaitPassed(flapping.address());
    for (int i = 1; i <= 2; i++) {
      status.set(500);
      log.awaitContaining("the last: its status is 500", i);
      status.set(200);
      log.awaitContaining("endpoint " + flapping.address() + " is healthy again", i);
    }
  }

  @Test
  void aRequestInFlightAtAnEndpointThatGoesOutGoesOn() throws IOException {
    AtomicInteger status = new AtomicInteger(200);
    Origin slow =
        gateway.origin(
            r -> {
              if (r.line().contains("/health")) {
                r.reply(status.get(), "");
              } else {
                r.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsl");
                log.awaitContaining("is unhealthy");
                r.write("ow");
              }
            });
    gateway.start(Setup.to(slow).backend(http(FAST)));
    awaitPassed(slow.address());
    RawClient client = gateway.connect();
    client.get("/");
    status.set(503);
    assertThat(client.read().body()).isEqualTo("slow");
  }

  @Test
  void whereAllAreUnhealthyRequestsAreTried() {
    AtomicInteger status = new AtomicInteger(503);
    Origin.Handler handler =
        r -> r.reply(r.line().contains("/health") ? status.get() : 200, "served");
    Origin one = gateway.origin(handler);
    Origin other = gateway.origin(handler);
    try (LogLines panic = new LogLines("sallyport.connect.endpoint.PanicObserver")) {
      gateway.start(Setup.to(one, other).backend(http(FAST)));
      log.awaitContaining(one.address() + " is unhealthy");
      log.awaitContaining(other.address() + " is unhealthy");
      assertThat(statuses()).containsOnly(200);
      assertThat(gateway.metric("gateway_upstream_panic_requests_total", "backend=\"app\""))
          .isEqualTo(REQUESTS);
      status.set(200);
      log.awaitContaining("is healthy again");
      assertThat(statuses()).containsOnly(200);
      assertThat(gateway.metric("gateway_upstream_panic_requests_total")).isEqualTo(REQUESTS);
      assertThat(panic.all())
          .containsExactly(
              "backend app: no endpoint is in service; requests go to all that are not drained",
              "backend app: an endpoint is in service again");
    }
  }

  // ---- readiness

  @ParameterizedTest
  @CsvSource({
    // rule, backends that are down, ready
    "ignore, app other, true",
    "one, app, true",
    "one, app other, false",
    "all, '', true",
    "all, app, false",
  })
  void readinessFollowsTheRuleAndNamesTheBackendsThatAreDown(
      String rule, String backends, boolean ready) {
    Origin well = healthy();
    Origin ill = gateway.origin(r -> r.reply(503, "away"));
    List<String> down = backends.isEmpty() ? List.of() : List.of(backends.split(" ", -1));
    gateway.start(
        Setup.to(down.contains("app") ? ill : well)
            .backend(http(ONCE))
            .gateway(
                "readiness.backends = %s, backends.other = ${gateway.backends.app} { endpoints = [ \"%s\" ] }"
                    .formatted(rule, (down.contains("other") ? ill : well).address())));
    for (String name : List.of("app", "other")) {
      if (down.contains(name)) {
        log.awaitContaining("backend " + name + ": ");
      } else {
        Eventually.equal(
            "a check of " + name,
            1.0,
            () ->
                gateway.metric("gateway_upstream_health_checks_total", "backend=\"" + name + "\""));
      }
    }
    StringBuilder page = new StringBuilder(ready ? "ready\n" : "backends-down\n");
    down.forEach(name -> page.append("no endpoint in service: ").append(name).append('\n'));
    assertThat(gateway.admin("/readyz").body()).isEqualTo(page.toString());
    assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(ready ? 200 : 503);
  }

  // ---- ejection

  /** The application hangs on all paths but that of the check: one request a return, not five. */
  @Test
  void aCheckIsTheTrialOfAnEjectedEndpoint() {
    Origin half =
        gateway.origin(
            r -> {
              if (r.line().contains("/health")) {
                r.reply(200, "");
              }
            });
    try (LogLines ejections = new LogLines("sallyport.connect.endpoint.EjectionObserver")) {
      gateway.start(
          Setup.to(half, healthy())
              .route("response-timeout = 300ms")
              .backend("ejection { base = 1s, longest = 2s }, " + http(FAST)));
      awaitPassed(half.address());
      Eventually.equal(
          "an ejection after a return",
          true,
          () -> {
            get();
            return ejections.all().stream().anyMatch(line -> line.contains("for 2s"));
          });
      assertThat(ejections.all().get(0)).contains("5 requests failed in a row");
      assertThat(ejections.all().get(1)).contains("is in service again");
      assertThat(ejections.all().get(2)).contains("for 2s: 1 request failed by response_timeout");
    }
  }

  // ---- reload

  @Test
  void aReloadKeepsTheStateOfABackendThatItKeepsAndAnotherStartsAnew() throws IOException {
    Origin ill = gateway.origin(r -> r.reply(503, "away"));
    Path file = gateway.file("gateway.conf");
    Setup setup = Setup.to(ill, healthy());
    Files.writeString(file, setup.backend(http(ONCE)).hocon());
    gateway.startFrom(file);
    assertUnhealthy(ill.address(), "its status is 503");

    Files.writeString(file, setup.gateway("drain-timeout = 29s").hocon());
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    assertThat(statuses()).containsOnly(200);
    assertThat(ill.requests()).as("no further check").hasSize(1);

    Files.writeString(file, setup.backend(http("expect = [ \"503\", \"200\" ], " + ONCE)).hocon());
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    awaitPassed(ill.address());
    assertThat(gateway.metric("gateway_upstream_endpoint_up")).isEqualTo(2);
  }

  @Test
  void theChecksOfABackendThatGoesEnd() throws IOException {
    Origin stays = healthy();
    Origin goes = healthy();
    Path file = gateway.file("gateway.conf");
    Setup setup = Setup.to(stays).backend(http(FAST));
    Files.writeString(
        file,
        setup
            .gateway(
                "backends.gone = ${gateway.backends.app} { endpoints = [ \""
                    + goes.address()
                    + "\" ] }")
            .hocon());
    gateway.startFrom(file);
    awaitPassed(goes.address());
    Files.writeString(file, setup.gateway("").hocon());
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    gateway.awaitTurns();
    int then = stays.requests().size();
    Eventually.equal("checks of the other", true, () -> stays.requests().size() > then + 1);
    int seen = goes.requests().size();
    Eventually.equal("more of them", true, () -> stays.requests().size() > then + 4);
    assertThat(goes.requests()).hasSize(seen);
  }
}
