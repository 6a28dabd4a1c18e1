package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** The plain listener: it answers everything itself. */
class RedirectIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private RawClient.Response ask(String request) throws IOException {
    return gateway.connectPlain().send(request).read();
  }

  private void serveAnyHost() {
    Origin origin = gateway.origin(request -> request.reply(200, "leaked"));
    gateway.start(Setup.to(origin).listener("public-port = 443"));
  }

  @Test
  void getKeepsHostPathAndQueryAsSent() throws IOException {
    serveAnyHost();
    RawClient.Response response =
        ask("GET /a%20b/?q=1%2F2&x=<> HTTP/1.1\r\nHost: Portal.Example:8080\r\n\r\n");
    assertThat(response.status()).isEqualTo(301);
    assertThat(response.header("location")).isEqualTo("https://portal.example/a%20b/?q=1%2F2&x=<>");
  }

  /** As scripts do that have said what they want. */
  @Test
  void aClientThatEndsItsSideOfTcpIsAnswered() throws IOException {
    serveAnyHost();
    RawClient client = gateway.connectPlain();
    client.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2));
    client.socket().shutdownOutput();
    assertThat(client.read().status()).isEqualTo(301);
    assertThat(client.read().status()).isEqualTo(301);
    assertThat(client.isClosedByPeer()).isTrue();
  }

  @Test
  void headGets301WithoutABody() throws IOException {
    serveAnyHost();
    RawClient client = gateway.connectPlain();
    client.send("HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assertThat(client.readWithoutBody().status()).isEqualTo(301);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE", "PATCH", "OPTIONS", "POST"})
  void otherMethodsGet308SoThatTheMethodStays(String method) throws IOException {
    serveAnyHost();
    assertThat(ask(method + " /x HTTP/1.1\r\nHost: localhost\r\n\r\n").status()).isEqualTo(308);
  }

  @Test
  void theRealPortIsNamedWhenThereIsNoPublicOne() throws IOException {
    gateway.start(gateway.origin(request -> request.reply(200, "")));
    assertThat(ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").header("location"))
        .isEqualTo("https://localhost:" + gateway.https().getPort() + "/");
  }

  @Test
  void hstsIsNeverSentOverPlainHttp() throws IOException {
    serveAnyHost();
    assertThat(ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").all("strict-transport-security"))
        .isEmpty();
    assertThat(ask("GET / HTTP/1.1\r\n\r\n").all("strict-transport-security")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: evil.test/path\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: user@evil.test\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: evil.test:99999\r\n\r\n",
        "GET http://other.test/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /../admin HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET //evil.test/%2e%2e/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
      })
  void aHostOrPathThatIsNotSoundGets400(String request) throws IOException {
    serveAnyHost();
    RawClient.Response response = ask(request);
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.header("location")).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "GET / HTTP/1.1\\r\\nHost: a\\r\\nHost: b\\r\\n\\r\\n, bad_host",
    "GET /../admin HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n, ambiguous_uri",
    "GET / HTTP/1.1\\nHost: localhost\\n\\n, bad_line_end",
  })
  void aRefusedRequestIsCountedAndHasOneAuditLine(String request, String reason) throws Exception {
    serveAnyHost();
    ask(request.translateEscapes());
    assertThat(gateway.audit().awaitContaining("request-refused"))
        .contains("\"listener\":\"http\"", "\"reason\":\"" + reason + "\"");
    gateway.stop();
    assertThat(gateway.audit().all()).filteredOn(line -> line.contains("refused")).hasSize(1);
  }

  @Test
  void aHostThatNoRouteServesIsNotRedirected() throws IOException {
    Origin origin = gateway.origin(request -> request.reply(200, ""));
    gateway.start(
        Setup.to(origin)
            .routes(
                "{ host = portal.test, backend = app }, { host = \"*.lab.test\", backend = app }"));
    assertThat(ask("GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n").status()).isEqualTo(404);
    assertThat(ask("GET / HTTP/1.1\r\nHost: portal.test\r\n\r\n").status()).isEqualTo(301);
    assertThat(ask("GET / HTTP/1.1\r\nHost: a.lab.test\r\n\r\n").status()).isEqualTo(301);
  }

  @Test
  void theAcmeChallengePathIsNotRedirected() throws IOException {
    serveAnyHost();
    String request = "GET /.well-known/acme-challenge/token HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assertThat(ask(request).status()).isEqualTo(404);
  }

  @Test
  void aBodyIsThrownAwayCountedAndAudited() throws IOException {
    Origin origin = gateway.origin(request -> request.reply(200, "leaked"));
    gateway.start(origin);
    RawClient client = gateway.connectPlain();
    client.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n\r\npatient=smith");
    RawClient.Response response = client.read();
    assertThat(response.status()).isEqualTo(308);
    assertThat(response.header("connection")).isEqualTo("close");
    assertThat(gateway.audit().awaitContaining("plain-body")).doesNotContain("smith");
    assertThat(gateway.metric("gateway_downstream_plain_bodies_total")).isEqualTo(1);
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void theConnectionIsKeptForTheNextRequest() throws IOException {
    serveAnyHost();
    RawClient client = gateway.connectPlain();
    assertThat(client.get("/1").read().status()).isEqualTo(301);
    assertThat(client.get("/2").read().status()).isEqualTo(301);
  }

  @Test
  void aRequestToChangeProtocolsIsRedirectedLikeAnyOther() throws IOException {
    serveAnyHost();
    RawClient client = gateway.connectPlain();
    client
        .get("/ws", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
        .get("/pipelined");
    assertThat(client.read().header("location")).isEqualTo("https://localhost/ws");
    assertThat(client.read().header("location")).isEqualTo("https://localhost/pipelined");
    assertThat(client.get("/next").read().header("location")).isEqualTo("https://localhost/next");
  }

  /** The at sign comes back once in each answer, in its Location. */
  private static final String REQUEST = "GET /@ HTTP/1.1\r\nHost: localhost\r\n\r\n";

  /** Several times what all buffers of the system on the way can hold. */
  private static ByteBuffer flood() {
    return ByteBuffer.wrap(REQUEST.repeat(120_000).getBytes(StandardCharsets.US_ASCII));
  }

  /** A connection that holds little itself. */
  private SocketChannel narrow() throws IOException {
    SocketChannel client = SocketChannel.open();
    client.setOption(StandardSocketOptions.SO_SNDBUF, 64 * 1024);
    client.setOption(StandardSocketOptions.SO_RCVBUF, 64 * 1024);
    client.connect(gateway.http());
    return client;
  }

  @Test
  void aClientThatDoesNotTakeItsAnswersIsNotReadFurther() throws IOException {
    serveAnyHost();
    ByteBuffer requests = flood();
    try (SocketChannel client = narrow();
        Selector selector = Selector.open()) {
      client.configureBlocking(false);
      client.register(selector, SelectionKey.OP_WRITE);
      // Until the gateway takes no more.
      while (requests.hasRemaining() && selector.select(2000) > 0) {
        selector.selectedKeys().clear();
        client.write(requests);
      }
      assertThat(requests.remaining()).isPositive();
      // Nothing is lost: once the client reads, so does the gateway.
      selector.keys().forEach(key -> key.interestOps(SelectionKey.OP_READ));
      int whole = requests.position() / REQUEST.length();
      ByteBuffer answers = ByteBuffer.allocate(64 * 1024);
      int ends = 0;
      while (ends < whole) {
        assertThat(selector.select(20_000)).isPositive();
        selector.selectedKeys().clear();
        assertThat(client.read(answers)).isPositive();
        answers.flip();
        while (answers.hasRemaining()) {
          ends += answers.get() == '@' ? 1 : 0;
        }
        answers.clear();
      }
    }
  }

  @Test
  void aClientThatNeverTakesItsAnswersIsLetGo() {
    gateway.start(
        Setup.to(gateway.origin(request -> request.reply(200, "leaked")))
            .limits("keep-alive-timeout = 500ms"));
    ByteBuffer requests = flood();
    assertThatThrownBy(
            () -> {
              try (SocketChannel client = narrow()) {
                while (requests.hasRemaining()) {
                  // Waits where the gateway takes no more, until the connection is closed.
                  client.write(requests);
                }
              }
            })
        .isInstanceOf(IOException.class);
  }
}
