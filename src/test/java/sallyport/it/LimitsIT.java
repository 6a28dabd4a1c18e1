package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** What a client may use up, how long anybody may take, and what the answer is beyond it. */
class LimitsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin start(String limits) {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(Setup.to(origin).limits(limits));
    return origin;
  }

  /** A short plain answer that says no more than its status, and is written down with a reason. */
  private void assertFailed(RawClient.Response response, int status, String failure) {
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.body()).matches(status + " [A-Za-z -]+\n");
    assertThat(response.header("content-type")).startsWith("text/plain");
    assertThat(gateway.access().awaitContaining("\"failure\":\"" + failure + "\""))
        .contains("\"status\":" + status);
  }

  // ---- the client's pace

  @ParameterizedTest
  @ValueSource(
      strings = {"G", "GET / HTTP/1.1\r\nHost: loc", "GET / HTTP/1.1\r\nHost: localhost\r\n"})
  void aHeadThatIsNotCompleteInTimeGets408(String part) throws IOException {
    Origin origin = start("header-timeout = 200ms");
    RawClient client = gateway.connect().send(part);
    RawClient.Response response = client.read();
    assertFailed(response, 408, "header_timeout");
    assertThat(response.header("connection")).isEqualTo("close");
    assertThat(client.isClosedByPeer()).isTrue();
    assertThat(origin.requests()).isEmpty();
  }

  /** On a route too: whatever the client is refused for. */
  @ParameterizedTest
  @CsvSource({
    "body_too_large, 'Content-Length: 100~~'",
    "body_too_large, 'Transfer-Encoding: chunked~~14~01234567890123456789~'",
    "body_timeout, 'Content-Length: 10~~abc'"
  })
  void whatABodyIsRefusedForIsCountedAndAudited(String reason, String rest) throws IOException {
    start("body-idle-timeout = 200ms, max-body = 10B");
    gateway
        .connect()
        .send("POST / HTTP/1.1\r\nHost: localhost~".concat(rest).replace("~", "\r\n"))
        .read();
    assertThat(gateway.audit().awaitContaining("request-refused"))
        .contains("\"reason\":\"" + reason + "\"");
    assertThat(
            gateway.metric(
                "gateway_downstream_requests_refused_total", "reason=\"" + reason + "\""))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"})
  void aBodyThatMakesNoProgressGets408(String rest) throws IOException {
    start("body-idle-timeout = 200ms");
    RawClient client = gateway.connect().send("POST / HTTP/1.1\r\nHost: localhost\r\n" + rest);
    RawClient.Response response = client.read();
    assertFailed(response, 408, "body_timeout");
    assertThat(response.header("connection")).isEqualTo("close");
  }

  @Test
  void aConnectionWithoutARequestIsClosedWithoutAWord() throws IOException {
    start("keep-alive-timeout = 200ms");
    RawClient unused = gateway.connect();
    assertThat(unused.isClosedByPeer()).isTrue();
    RawClient used = gateway.connect();
    assertThat(used.get("/").read().status()).isEqualTo(200);
    assertThat(used.isClosedByPeer()).isTrue();
  }

  @Test
  void aClientThatSaysNothingIsClosedBeforeAnyHandshake() throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, ""))).tls("client-hello.timeout = 200ms"));
    RawClient silent = gateway.closing(RawClient.plain(gateway.https()));
    assertThat(silent.isClosedByPeer()).isTrue();
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("\"reason\":\"client_hello_timeout\"");
  }

  @Test
  void aClientHelloThatIsTooLargeIsRefused() throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, ""))).tls("client-hello.max-size = 512B"));
    RawClient client = gateway.closing(RawClient.plain(gateway.https()));
    // A handshake record that announces 4096 bytes of ClientHello.
    client.send(new byte[] {22, 3, 1, 16, 4, 1, 0, 16, 0});
    client.send(new byte[4096]);
    assertThatThrownBy(client::read).isInstanceOf(IOException.class);
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("\"reason\":\"client_hello_too_large\"");
  }

  // ---- sizes

  @ParameterizedTest
  @ValueSource(
      strings = {"Content-Length: 11\r\n\r\n", "Content-Length: 9223372036854775807\r\n\r\n"})
  void aDeclaredBodyOverTheLimitGets413AndReachesNobody(String rest) throws IOException {
    Origin origin = start("max-body = 10B");
    RawClient client = gateway.connect().send("POST / HTTP/1.1\r\nHost: localhost\r\n" + rest);
    assertFailed(client.read(), 413, "body_too_large");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void aChunkedBodyThatGrowsOverTheLimitGets413AndTheBackendIsLetGo() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch gone = new CountDownLatch(1);
    Origin origin =
        gateway.origin(
            r -> {
              asked.countDown();
              try {
                r.raw().readAllBytes();
              } finally {
                gone.countDown();
              }
            });
    gateway.start(Setup.to(origin).limits("max-body = 10B"));
    RawClient client =
        gateway
            .connect()
            .send(
                "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "6\r\nabcdef\r\n");
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    client.send("6\r\nghijkl\r\n");
    assertFailed(client.read(), 413, "body_too_large");
    assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aChunkedBodyOverTheLimitGets413EvenBeforeThereIsAConnection() throws IOException {
    start("max-body = 10B");
    RawClient client =
        gateway
            .connect()
            .send(
                "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "6\r\nabcdef\r\n6\r\nghijkl\r\n");
    assertFailed(client.read(), 413, "body_too_large");
  }

  @Test
  void aBodyAtTheLimitPasses() throws IOException {
    start("max-body = 10B");
    RawClient client =
        gateway
            .connect()
            .send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n0123456789");
    assertThat(client.read().status()).isEqualTo(200);
  }

  @Test
  void aRoutesOwnLimitTakesThePlaceOfTheListeners() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin)
            .limits("max-body = 10B")
            .routes("{ path = /upload, backend = app, max-body = 20B }, { backend = app }"));
    String body = " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15\r\n\r\n0123456789abcde";
    assertThat(gateway.connect().send("POST /upload" + body).read().status()).isEqualTo(200);
    assertThat(gateway.connect().send("POST /other" + body).read().status()).isEqualTo(413);
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aBodyOverTheLimitGets413InEveryVersion(Version version) throws Exception {
    Origin origin = start("max-body = 10B");
    HttpResponse<String> response =
        gateway
            .client(version)
            .send(
                HttpRequest.newBuilder(gateway.uri("/"))
                    .POST(HttpRequest.BodyPublishers.ofString("eleven bytes"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(response.headers().allValues("strict-transport-security")).hasSize(1);
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void aRequestLineOverTheLimitGets414() throws IOException {
    Origin origin = start("max-request-line = 1KiB");
    assertFailed(gateway.connect().get("/" + "x".repeat(2000)).read(), 414, "uri_too_long");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void aHeaderOverTheLimitGets431() throws IOException {
    Origin origin = start("max-header = 4KiB");
    assertFailed(
        gateway.connect().get("/", "X-Large: " + "x".repeat(5000)).read(), 431, "header_too_large");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void aLargeHeaderWithinTheLimitPasses() throws IOException {
    Origin origin = start("max-header = 64KiB");
    String value = "x".repeat(60_000);
    assertThat(gateway.connect().get("/", "X-Large: " + value).read().status()).isEqualTo(200);
    assertThat(origin.requests().getFirst().header("x-large")).isEqualTo(value);
  }

  // ---- connections

  @Test
  void aConnectionOverTheLimitIsClosedAndCounted() throws IOException {
    start("max-connections = 1");
    RawClient first = gateway.connect();
    assertThat(first.get("/").read().status()).isEqualTo(200);
    RawClient second = gateway.closing(RawClient.plain(gateway.https()));
    assertThat(second.isClosedByPeer()).isTrue();
    assertThat(first.get("/").read().status()).isEqualTo(200);
    assertThat(
            gateway.metric(
                "gateway_downstream_connections_refused_total",
                "listener=\"https\"",
                "reason=\"connection_limit\""))
        .isEqualTo(1);
  }

  @Test
  void theLastRequestOfAConnectionIsToldSo() throws IOException {
    start("max-requests-per-connection = 2");
    RawClient client = gateway.connect();
    assertThat(client.get("/").read().header("connection")).isNull();
    assertThat(client.get("/").read().header("connection")).isEqualTo("close");
    assertThat(client.isClosedByPeer()).isTrue();
  }

  // ---- the backend's pace

  @ParameterizedTest
  @EnumSource(Version.class)
  void aBackendThatDoesNotAnswerInTimeGets504(Version version) throws Exception {
    Origin origin = gateway.origin(r -> r.raw().read());
    gateway.start(Setup.to(origin).route("response-timeout = 200ms"));
    HttpResponse<String> response = gateway.get(version, "/");
    assertThat(response.statusCode()).isEqualTo(504);
    assertThat(response.body()).isEqualTo("504 Gateway Timeout\n");
    assertThat(gateway.access().awaitContaining("response_timeout")).contains("\"status\":504");
    assertThat(origin.requests()).hasSize(1);
  }

  @Test
  void aRoutesOwnTimeoutIsItsOwn() throws IOException {
    Origin origin =
        gateway.origin(
            r -> {
              if (r.line().contains("/never")) {
                r.raw().read();
              } else {
                r.reply(200, "hello");
              }
            });
    gateway.start(
        Setup.to(origin)
            .routes(
                "{ path = /never, backend = app, response-timeout = 200ms }, { backend = app }"));
    assertThat(gateway.connect().get("/never").read().status()).isEqualTo(504);
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
  }

  @Test
  void aBackendThatDoesNotShakeHandsInTimeGets504() throws IOException {
    // The system completes the TCP handshake; nobody ever answers the ClientHello.
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      gateway.start(
          Setup.to("127.0.0.1:" + silent.getLocalPort()).backend("connect-timeout = 200ms"));
      assertFailed(gateway.connect().get("/").read(), 504, "connect_timeout");
    }
  }

  @Test
  void aResponseThatStandsStillIsCutAndSeenToBeCut() throws IOException {
    Origin origin =
        gateway.origin(
            r -> {
              r.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
              r.raw().read();
            });
    gateway.start(Setup.to(origin).route("idle-timeout = 200ms"));
    RawClient client = gateway.connect().get("/");
    assertThatThrownBy(client::read).isInstanceOf(IOException.class);
    assertThat(gateway.access().awaitContaining("stream_timeout")).contains("\"status\":200");
  }

  @Test
  void anEndpointWhereNobodyListensGets502() throws IOException {
    gateway.start(Setup.to(gateway.closing(HeldPort.hold()).address()));
    assertFailed(gateway.connect().get("/").read(), 502, "connect_refused");
  }

  @Test
  void aBackendThatClosesWithoutAnAnswerGets502() throws IOException {
    gateway.start(gateway.origin(Origin.Request::close));
    assertFailed(gateway.connect().get("/").read(), 502, "closed_before_response");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "HTTP/1.1 abc Hello\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
      })
  void aResponseThatIsNotHttpGets502(String response) throws IOException {
    gateway.start(gateway.origin(r -> r.write(response)));
    assertFailed(gateway.connect().get("/").read(), 502, "bad_response");
  }

  @Test
  void aResponseHeaderThatIsTooLargeGets502() throws IOException {
    String large = "x".repeat(100_000);
    gateway.start(
        gateway.origin(
            r -> r.write("HTTP/1.1 200 OK\r\nX: " + large + "\r\nContent-Length: 0\r\n\r\n")));
    assertFailed(gateway.connect().get("/").read(), 502, "bad_response");
  }
}
