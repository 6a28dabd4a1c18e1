package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.Fault;
import sallyport.testkit.FaultyBackend;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Copies of safe requests to another backend. */
class MirrorIT {
  private static final String COPIES = "gateway_upstream_mirrored_total";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final Origin app = Origin.start(r -> r.reply(200, "app"));

  private String configuration(String mirror, String route, String copies, String more) {
    gateway.closing(app);
    return Setup.to(app)
        .routes("{ name = shown, backend = app, mirror { " + mirror + " }, " + route + " }")
        .gateway(
            "backends.next { endpoints = [ \""
                + copies
                + "\" ], tls { trust = backend-ca.pem, server-name = legacy.internal,"
                + " certificate { chain = client.pem, key = client.key } }, "
                + more
                + " }")
        .hocon();
  }

  private void awaitCopies(String outcome, double count) {
    gateway.awaitMetric(
        count, COPIES, "route=\"shown\"", "backend=\"next\"", "outcome=\"" + outcome + "\"");
  }

  private static List<String> lines(Origin origin) {
    return origin.requests().stream().map(Origin.Request::line).sorted().toList();
  }

  @Test
  void safeRequestsAreCopiedWithTheirFieldsAndOthersAreNot() throws IOException {
    Origin next = gateway.origin(r -> r.reply(500, "next"));
    gateway.startWith(
        configuration(
            "backend = next",
            "path = /in, rewrite.prefix = /out, request-headers.set { X-Realm = clinic }",
            next.address(),
            ""));
    RawClient client = gateway.connect();
    assertThat(client.get("/in/a?q=1", "X-Test: here").read().body()).isEqualTo("app");
    for (String request :
        List.of(
            "POST /in/b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nok",
            "GET /in/c HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nok",
            "DELETE /in/d HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "OPTIONS /in/e HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
      assertThat(client.send(request).read().body()).isEqualTo("app");
    }
    awaitCopies("answered", 2);
    assertThat(app.requests()).hasSize(5);
    assertThat(lines(next)).containsExactly("GET /out/a?q=1 HTTP/1.1", "OPTIONS /out/e HTTP/1.1");
    Origin.Request copy =
        next.requests().stream().filter(r -> r.line().contains("/a")).findFirst().orElseThrow();
    Origin.Request original =
        app.requests().stream().filter(r -> r.line().contains("/a")).findFirst().orElseThrow();
    assertThat(copy.fields()).containsExactlyElementsOf(original.fields());
    assertThat(copy.header("x-test")).isEqualTo("here");
    assertThat(copy.header("x-realm")).isEqualTo("clinic");
    assertThat(gateway.access().all()).filteredOn(line -> line.contains("\"next\"")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP1, NONE, answered",
    "HTTP2, NONE, answered",
    "HTTP1, ANSWERS_500, answered",
    "HTTP1, REFUSES_CONNECTIONS, failed",
    "HTTP2, REFUSES_CONNECTIONS, failed",
    "HTTP1, SHOWS_ANOTHER_NAME, failed",
    "HTTP1, HANGS_IN_THE_HANDSHAKE, failed",
    "HTTP1, TAKES_REQUESTS_AND_HANGS, failed",
    "HTTP2, TAKES_REQUESTS_AND_HANGS, failed",
    "HTTP1, CLOSES_BEFORE_THE_HEAD, failed",
    "HTTP2, RESETS_STREAMS, failed",
    "HTTP1, SENDS_AN_INVALID_HEAD, failed",
    "HTTP1, HANGS_WITHIN_THE_BODY, answered"
  })
  void whatTheOtherBackendDoesReachesNoClient(
      FaultyBackend.Protocol protocol, Fault fault, String outcome) throws IOException {
    FaultyBackend next = gateway.closing(FaultyBackend.start(protocol));
    next.set(fault);
    gateway.startWith(configuration("backend = next", "response-timeout = 1s", next.address(), ""));
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    http2.request(1, "GET", "/", /* end= */ true, Map.of());
    assertThat(http2.readHead(1).status()).hasToString("200");
    RawClient client = gateway.connect();
    assertThat(client.get("/").read().body()).isEqualTo("app");
    awaitCopies(outcome, 2);
    assertThat(gateway.metric(COPIES)).isEqualTo(2);
    assertThat(app.requests()).hasSize(2);
    assertThat(gateway.metric("gateway_downstream_exchange_failures_total")).isZero();
  }

  @Test
  void aLargeAnswerIsNotReadToItsEnd() throws Exception {
    byte[] piece = new byte[64 * 1024];
    Origin next =
        gateway.origin(
            r -> {
              r.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
              for (int i = 0; i < 15_000; i++) {
                r.out().write(piece);
              }
            });
    gateway.startWith(configuration("backend = next", "", next.address(), ""));
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("app");
    awaitCopies("answered", 1);
  }

  @Test
  void aCopyThatWouldHaveToWaitIsDroppedAndOneThatIsOverMakesRoom() throws IOException {
    FaultyBackend next = gateway.closing(FaultyBackend.start(FaultyBackend.Protocol.HTTP1));
    next.set(Fault.TAKES_REQUESTS_AND_HANGS);
    gateway.startWith(
        configuration(
            "backend = next", "response-timeout = 1s", next.address(), "limits.max-requests = 1"));
    RawClient client = gateway.connect();
    for (int i = 0; i < 3; i++) {
      assertThat(client.get("/").read().body()).isEqualTo("app");
    }
    awaitCopies("dropped", 2);
    awaitCopies("failed", 1);
    next.set(Fault.NONE);
    assertThat(client.get("/").read().body()).isEqualTo("app");
    awaitCopies("answered", 1);
  }

  @Test
  void aReloadThatAddsAMirrorIsALoosening() throws Exception {
    Origin next = gateway.origin(r -> r.reply(200, "next"));
    String hocon = configuration("backend = next", "", next.address(), "");
    Files.writeString(
        gateway.file("gateway.conf"), hocon.replace("mirror { backend = next }, ", ""));
    gateway.startFrom(gateway.file("gateway.conf"));
    Files.writeString(gateway.file("gateway.conf"), hocon);
    assertThat(gateway.reload("").body())
        .contains("route shown: mirror.backend: copies of requests go to backend next");
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("app");
    assertThat(next.requests()).isEmpty();
  }
}
