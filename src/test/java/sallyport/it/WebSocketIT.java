package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.java_websocket.client.WebSocketClient;
import org.java_websocket.framing.Framedata;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.handshake.ServerHandshake;
import org.java_websocket.server.SSLParametersWebSocketServerFactory;
import org.java_websocket.server.WebSocketServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** WebSocket through the gateway (RFC 6455, RFC 8441), with real libraries at both ends. */
class WebSocketIT {
  private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
  private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

  private static final String ASK =
      "GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
          + KEY
          + "\r\n\r\n";

  private static final String AGREE =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Accept: "
          + ACCEPT
          + "\r\n\r\n";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** Says back what it hears; its own TLS demands the gateway's certificate. */
  private static final class Echo extends WebSocketServer implements AutoCloseable {
    private final CountDownLatch started = new CountDownLatch(1);

    Echo() throws InterruptedException {
      super(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
      SSLContext context = TestPki.context(TestPki.BACKEND, TestPki.BACK);
      SSLParameters demanding = context.getDefaultSSLParameters();
      demanding.setNeedClientAuth(true);
      // The library leaves a request lying that comes in one read with the end of the handshake, as
      // it may under TLS 1.3 once the client has a certificate to show.
      demanding.setProtocols(new String[] {"TLSv1.2"});
      setWebSocketFactory(new SSLParametersWebSocketServerFactory(context, demanding));
      setReuseAddr(true);
      start();
      assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Override
    public void onStart() {
      started.countDown();
    }

    @Override
    public void onOpen(org.java_websocket.WebSocket socket, ClientHandshake handshake) {}

    @Override
    public void onMessage(org.java_websocket.WebSocket socket, String message) {
      switch (message) {
        case "ping me" -> socket.sendPing();
        case "close me" -> socket.close(4001, "as you wish");
        default -> socket.send(message);
      }
    }

    @Override
    public void onWebsocketPong(org.java_websocket.WebSocket socket, Framedata pong) {
      socket.send("you ponged");
    }

    @Override
    public void onMessage(org.java_websocket.WebSocket socket, ByteBuffer message) {
      socket.send(message);
    }

    @Override
    public void onClose(
        org.java_websocket.WebSocket socket, int code, String reason, boolean remote) {}

    @Override
    public void onError(org.java_websocket.WebSocket socket, Exception error) {}

    @Override
    public void close() throws InterruptedException {
      stop(1000);
    }
  }

  private void startEcho() throws InterruptedException {
    Echo echo = gateway.closing(new Echo());
    gateway.start(Setup.to("127.0.0.1:" + echo.getPort()));
  }

  private URI uri() {
    return URI.create("wss://localhost:" + gateway.https().getPort() + "/chat");
  }

  /** A client that adds what happens to it to the queue. */
  private WebSocketClient client(BlockingQueue<Object> heard) {
    WebSocketClient client =
        new WebSocketClient(uri()) {
          @Override
          public void onOpen(ServerHandshake handshake) {}

          @Override
          public void onMessage(String message) {
            heard.add(message);
          }

          @Override
          public void onMessage(ByteBuffer bytes) {
            heard.add(bytes.remaining());
          }

          @Override
          public void onWebsocketPong(org.java_websocket.WebSocket socket, Framedata pong) {
            heard.add("pong");
          }

          @Override
          public void onClose(int code, String reason, boolean remote) {
            heard.add("closed " + code);
          }

          @Override
          public void onError(Exception error) {
            heard.add(error);
          }
        };
    client.setSocketFactory(TestPki.context(null, TestPki.FRONT).getSocketFactory());
    return client;
  }

  @Test
  void aLibraryClientTalksToALibraryServer() throws Exception {
    startEcho();
    BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    WebSocketClient client = client(heard);
    assertThat(client.connectBlocking(20, TimeUnit.SECONDS)).isTrue();
    client.send("hello");
    assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("hello");
    client.send(new byte[300_000]);
    assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo(300_000);
    client.close(1000);
    assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("closed 1000");
    assertThat(gateway.access().awaitContaining("/chat"))
        .contains("\"status\":101")
        .doesNotContain("\"failure\"");
  }

  @Test
  void eitherSideMayPingTheOther() throws Exception {
    startEcho();
    BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    WebSocketClient client = client(heard);
    assertThat(client.connectBlocking(20, TimeUnit.SECONDS)).isTrue();
    client.sendPing();
    assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("pong");
    client.send("ping me");
    assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("you ponged");
    client.closeBlocking();
  }

  @Test
  void aCloseOfTheBackendReachesTheClientWithItsCode() throws Exception {
    startEcho();
    BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    WebSocketClient client = client(heard);
    assertThat(client.connectBlocking(20, TimeUnit.SECONDS)).isTrue();
    client.send("close me");
    assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("closed 4001");
    assertThat(gateway.access().awaitContaining("/chat")).contains("\"status\":101");
  }

  @Test
  void aMessageOfManyMegabytesGoesBothWays() throws Exception {
    startEcho();
    BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    WebSocketClient client = client(heard);
    assertThat(client.connectBlocking(20, TimeUnit.SECONDS)).isTrue();
    client.send(new byte[20_000_000]);
    assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo(20_000_000);
    client.closeBlocking();
  }

  @Test
  void theJdksClientIsServedToo() throws Exception {
    startEcho();
    CompletableFuture<String> heard = new CompletableFuture<>();
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    WebSocket socket =
        gateway
            .client(Version.HTTP_2)
            .newWebSocketBuilder()
            .buildAsync(
                uri(),
                new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onText(
                      WebSocket from, CharSequence data, boolean last) {
                    heard.complete(data.toString());
                    from.request(1);
                    return CompletableFuture.completedFuture(null);
                  }

                  @Override
                  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                    closed.complete(code);
                    return CompletableFuture.completedFuture(null);
                  }
                })
            .get(20, TimeUnit.SECONDS);
    socket.sendText("hello", true).get(20, TimeUnit.SECONDS);
    assertThat(heard.get(20, TimeUnit.SECONDS)).isEqualTo("hello");
    socket.sendClose(1000, "").get(20, TimeUnit.SECONDS);
    assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(1000);
  }

  @Test
  void anExtendedConnectOfHttp2BecomesAnUpgradeForTheBackend() throws Exception {
    startEcho();
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    RawHttp2.Frame settings =
        client.readUntil(f -> f.type() == RawHttp2.SETTINGS && f.payload().length > 0);
    assertThat(new String(settings.payload(), StandardCharsets.ISO_8859_1))
        .as("SETTINGS_ENABLE_CONNECT_PROTOCOL")
        .contains("\0\b\0\0\0\1");
    client.requestWebSocket(1, "/chat");
    Http2Headers head = client.readHead(1);
    assertThat(head.status()).hasToString("200");
    assertThat(head.contains("sec-websocket-accept")).isFalse();
    assertThat(head.contains("upgrade")).isFalse();
    // A masked text frame "hello", with a mask of zeros.
    byte[] hello = {(byte) 0x81, (byte) 0x85, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'};
    client.send(RawHttp2.DATA, 0, 1, hello);
    RawHttp2.Frame echo =
        client.readUntil(f -> f.type() == RawHttp2.DATA && f.payload().length > 0);
    assertThat(new String(echo.payload(), StandardCharsets.ISO_8859_1)).endsWith("hello");
  }

  @Test
  void bytesGoBothWaysAsTheyAreAfterTheSwitch() throws IOException {
    Origin origin =
        gateway.origin(
            request -> {
              request.write(AGREE + "first");
              byte[] heard = request.raw().readNBytes(4);
              request.write(new String(heard, StandardCharsets.ISO_8859_1) + "!");
              request.close();
            });
    gateway.start(origin);
    RawClient client = gateway.connect().send(ASK);
    RawClient.Response response = client.readHead();
    assertThat(response.status()).isEqualTo(101);
    assertThat(response.header("upgrade")).isEqualTo("websocket");
    assertThat(response.header("sec-websocket-accept")).isEqualTo(ACCEPT);
    client.send("\r\n\0\1");
    assertThat(new String(client.in().readAllBytes(), StandardCharsets.ISO_8859_1))
        .isEqualTo("first\r\n\0\1!");
    Origin.Request seen = origin.requests().getFirst();
    assertThat(seen.all("connection")).containsExactly("upgrade");
    assertThat(seen.all("upgrade")).containsExactly("websocket");
    assertThat(seen.all("x-forwarded-for")).containsExactly("127.0.0.1");
  }

  @Test
  void whatTheClientSentTooEarlyIsNotHttpForTheBackend() throws IOException {
    Origin origin = gateway.origin(request -> request.answer(200, "no"));
    gateway.start(Setup.to(origin).oneLoop());
    RawClient client =
        gateway.connect().send(ASK + "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n");
    RawClient.Response response = client.read();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("connection")).isEqualTo("close");
    assertThat(client.isClosedByPeer()).isTrue();
    assertThat(origin.requests()).hasSize(1);
    // The backend's connection is in order and serves the next.
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("no");
    assertThat(origin.connections()).isEqualTo(1);
  }

  @Test
  void aSwitchThatDoesNotAnswerTheKeyIs502() throws IOException {
    gateway.start(gateway.origin(request -> request.write(AGREE.replace("s3pP", "AAAA") + "evil")));
    assertThat(gateway.connect().send(ASK).read().status()).isEqualTo(502);
    assertThat(gateway.access().awaitContaining("bad_response")).contains("\"status\":502");
  }

  @Test
  void aRouteMayRefuseWebSockets() throws IOException {
    Origin origin = gateway.origin(request -> request.answer(200, "no"));
    gateway.start(Setup.to(origin).route("websocket = false"));
    assertThat(gateway.connect().send(ASK).read().status()).isEqualTo(501);
    assertThat(origin.requests()).isEmpty();
    assertThat(gateway.access().awaitContaining("upgrade_not_supported")).contains("501");
  }

  @Test
  void aTunnelInWhichNobodySpeaksIsCut() throws IOException {
    Origin origin =
        gateway.origin(
            request -> {
              request.write(AGREE);
              request.raw().read();
            });
    gateway.start(Setup.to(origin).route("tunnel-timeout = 200ms"));
    RawClient client = gateway.connect().send(ASK);
    assertThat(client.readHead().status()).isEqualTo(101);
    assertThat(client.isClosedByPeer()).isTrue();
    assertThat(gateway.access().awaitContaining("stream_timeout")).contains("\"status\":101");
  }

  @Test
  void theBackendsConnectionEndsWithTheClients() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    Origin origin =
        gateway.origin(
            request -> {
              request.write(AGREE);
              try {
                request.raw().readAllBytes();
              } finally {
                gone.countDown();
              }
            });
    gateway.start(origin);
    RawClient client = gateway.connect().send(ASK);
    assertThat(client.readHead().status()).isEqualTo(101);
    client.close();
    assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(gateway.access().awaitContaining("/chat")).doesNotContain("\"failure\"");
  }

  @Test
  void manyRequestsToSwitchThatAreRefusedLeaveNothingBehind() throws IOException {
    Origin origin = gateway.origin(request -> request.answer(403, "no"));
    gateway.start(Setup.to(origin).oneLoop());
    for (int i = 0; i < 20; i++) {
      assertThat(gateway.connect().send(ASK).read().status()).isEqualTo(403);
    }
    assertThat(origin.connections()).isEqualTo(1);
    assertThat(List.copyOf(origin.requests())).hasSize(20);
  }
}
