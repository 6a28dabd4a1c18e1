package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpClient.Version;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** Clients that end their side of TCP and wait for what they have asked for, or have gone. */
class HalfClosedClientsIT {
  private static final int LARGE = 40 * 1024 * 1024;
  private static final int PIECE = 64 * 1024;

  /** Far beyond the time of a test: what ends within it does not wait for the limit. */
  private static final String LONG = "half-closed-timeout = 1h";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch gone = new CountDownLatch(1);
  private final AtomicLong written = new AtomicLong();

  /** Ends its side when a test says so; the JDK would end either direction together with TLS. */
  private static final class Tcp extends Socket {
    @Override
    public void shutdownOutput() {}

    @Override
    public void shutdownInput() {}

    void fin() throws IOException {
      super.shutdownOutput();
    }
  }

  private final Tcp tcp = new Tcp();

  private SSLSocket connect(String... protocols) throws IOException {
    tcp.setReceiveBufferSize(PIECE);
    tcp.connect(gateway.https(), 20_000);
    tcp.setSoTimeout(20_000);
    gateway.closing(tcp);
    SSLSocket tls =
        (SSLSocket)
            TestPki.context(null, TestPki.FRONT)
                .getSocketFactory()
                .createSocket(tcp, "localhost", gateway.https().getPort(), true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    tls.setSSLParameters(parameters);
    tls.startHandshake();
    return tls;
  }

  private void start(String transport, String limits) {
    gateway.start(
        Setup.to(gateway.origin(this::serve))
            .limits(limits)
            .gateway("runtime.transport = " + transport));
  }

  /** Keeps no connection: with io_uring, a stop may lose the TLS engine of an idle one. */
  private void serve(Origin.Request request) throws IOException {
    String path = request.line().split(" ", 3)[1];
    asked.countDown();
    switch (path) {
      case "/gated" -> {
        await(release);
        request.reply(200, "late", "Connection: close");
      }
      case "/large" -> {
        await(release);
        request.write(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + LARGE + "\r\n\r\n");
        for (int i = 0; i < LARGE / PIECE; i++) {
          request.out().write(new byte[PIECE]);
          written.addAndGet(PIECE);
        }
      }
      case "/poll" -> awaitEnd(request);
      case "/events" -> {
        request.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
        await(release);
        try {
          request.write("data: 2\n\n");
        } finally {
          awaitEnd(request);
        }
      }
      case "/tunnel" -> {
        request.agreeToWebSocket();
        awaitEnd(request);
      }
      default -> request.reply(200, "soon", "Connection: close");
    }
  }

  private void awaitEnd(Origin.Request request) throws IOException {
    try {
      request.awaitEnd();
    } finally {
      gone.countDown();
    }
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }

  private static void send(SSLSocket tls, String text) throws IOException {
    tls.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Ends the client's side, with close_notify or without, and waits until the gateway knows. */
  private void end(SSLSocket tls, boolean notify) throws Exception {
    await(asked);
    if (notify) {
      tls.shutdownOutput();
    }
    tcp.fin();
    gateway.awaitTurns();
    assertThat(gateway.get(Version.HTTP_1_1, "/").body()).isEqualTo("soon");
  }

  private static String readToEnd(SSLSocket tls) throws IOException {
    return new String(tls.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }

  /** Within the socket's timeout. */
  private void assertTcpEnds() throws IOException {
    try {
      while (tcp.getInputStream().read() >= 0) {
        // An alert, or what was on its way.
      }
    } catch (IOException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }

  private void assertGivenUp(String path) throws IOException {
    assertThat(gateway.access().awaitContaining(path)).contains("\"failure\":\"client_closed\"");
  }

  @ParameterizedTest
  @CsvSource({
    "epoll, false",
    "epoll, true",
    "nio, false",
    "nio, true",
    "io_uring, false",
    "io_uring, true"
  })
  void theClientGetsItsAnswer(String transport, boolean notify) throws Exception {
    start(transport, "");
    SSLSocket tls = connect("http/1.1");
    send(tls, get("/gated"));
    end(tls, notify);
    release.countDown();
    assertThat(readToEnd(tls)).startsWith("HTTP/1.1 200 ").endsWith("late");
    assertTcpEnds();
    assertThat(gateway.access().awaitContaining("/gated")).doesNotContain("client_closed");
  }

  @ParameterizedTest
  @CsvSource({"epoll, false", "epoll, true", "nio, false", "nio, true", "io_uring, false"})
  void aSlowClientGetsAllOfALongAnswer(String transport, boolean notify) throws Exception {
    start(transport, LONG);
    SSLSocket tls = connect("http/1.1");
    send(tls, get("/large"));
    end(tls, notify);
    release.countDown();
    InputStream in = tls.getInputStream();
    long read = 0;
    for (int pause = 0; pause < 3; pause++) {
      gateway.awaitStandstill(written);
      read += in.readNBytes(LARGE / 8).length;
    }
    read += in.readAllBytes().length;
    assertThat(read).isGreaterThan(LARGE).isLessThan(LARGE + 4096L);
    assertTcpEnds();
    assertThat(gateway.access().awaitContaining("/large")).doesNotContain("client_closed");
  }

  @ParameterizedTest
  @CsvSource({"epoll, false", "epoll, true", "nio, false", "nio, true"})
  void pipelinedRequestsGetTheirAnswers(String transport, boolean notify) throws Exception {
    start(transport, "");
    SSLSocket tls = connect("http/1.1");
    send(tls, get("/gated") + get("/second"));
    end(tls, notify);
    release.countDown();
    assertThat(readToEnd(tls)).containsPattern("(?s)late.*HTTP/1.1 200 .*soon$");
    assertTcpEnds();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPipelinedRequestThatIsNotWholeIsGivenUpInItsTurn(boolean notify) throws Exception {
    start("auto", LONG);
    SSLSocket tls = connect("http/1.1");
    send(
        tls,
        get("/gated") + "POST /half HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na");
    end(tls, notify);
    release.countDown();
    assertThat(readToEnd(tls)).startsWith("HTTP/1.1 200 ").endsWith("late");
    assertTcpEnds();
    assertGivenUp("/half");
  }

  @ParameterizedTest
  @CsvSource({"epoll, /poll", "nio, /poll", "epoll, /events", "nio, /events"})
  void aClientThatHasGoneIsNoticedWithinTheLimit(String transport, String path) throws Exception {
    start(transport, "half-closed-timeout = 300ms");
    SSLSocket tls = connect("http/1.1");
    send(tls, get(path));
    await(asked);
    tcp.close();
    assertGivenUp(path);
    release.countDown();
    await(gone);
  }

  @ParameterizedTest
  @CsvSource({"/poll, false", "/poll, true", "/events, false", "/events, true"})
  void aLimitOfZeroGivesUpAtOnce(String path, boolean notify) throws Exception {
    start("auto", "half-closed-timeout = 0s");
    SSLSocket tls = connect("http/1.1");
    send(tls, get(path));
    end(tls, notify);
    release.countDown();
    await(gone);
    assertTcpEnds();
    assertGivenUp(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void aResetIsNoticedAtOnce(String transport) throws Exception {
    start(transport, LONG);
    SSLSocket tls = connect("http/1.1");
    send(tls, get("/poll"));
    await(asked);
    tcp.setSoLinger(true, 0);
    tcp.close();
    await(gone);
    assertGivenUp("/poll");
  }

  /** The socket of a client that has gone answers the next event with a reset. */
  @Test
  void aClientOfEventsThatHasGoneIsNoticedWithTheNextEvent() throws Exception {
    start("epoll", LONG);
    SSLSocket tls = connect("http/1.1");
    send(tls, get("/events"));
    String head = new String(tls.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
    assertThat(head).isEqualTo("HTTP/1.1 200");
    while (tls.getInputStream().read() != '1' || tls.getInputStream().read() != '\n') {
      // Up to the first event.
    }
    tls.getInputStream().readNBytes(1);
    tcp.close();
    gateway.awaitTurns();
    assertThat(gateway.get(Version.HTTP_1_1, "/").body()).isEqualTo("soon");
    release.countDown();
    await(gone);
    assertGivenUp("/events");
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio"})
  void whereNoWholeRequestIsToBeAnsweredTheConnectionEndsAtOnce(String transport) throws Exception {
    start(transport, LONG);
    SSLSocket tls = connect("http/1.1");
    send(tls, "POST /half HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na");
    end(tls, /* notify= */ false);
    assertTcpEnds();
    assertGivenUp("/half");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GET / HTTP/1.1\r\nHo"})
  void anIdleConnectionEndsAtOnce(String begun) throws Exception {
    start("auto", LONG);
    SSLSocket tls = connect("http/1.1");
    send(tls, begun);
    tcp.fin();
    assertTcpEnds();
  }

  @Test
  void aHandshakeEndsAtOnce() throws Exception {
    start("auto", LONG);
    tcp.connect(gateway.https(), 20_000);
    tcp.setSoTimeout(20_000);
    gateway.closing(tcp);
    tcp.getOutputStream().write(new byte[] {22, 3, 1, 1, 0});
    tcp.fin();
    assertTcpEnds();
  }

  @Test
  void anHttp2ConnectionEndsAtOnce() throws Exception {
    start("auto", LONG);
    RawHttp2 client = gateway.closing(RawHttp2.over(connect("h2")));
    client.get(1, "/poll");
    await(asked);
    tcp.fin();
    await(gone);
    assertGivenUp("/poll");
    assertTcpEnds();
  }

  @Test
  void aTunnelEndsAtOnce() throws Exception {
    start("auto", LONG);
    SSLSocket tls = connect("http/1.1");
    send(
        tls,
        "GET /tunnel HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    assertThat(tls.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 101");
    tcp.fin();
    await(gone);
    assertTcpEnds();
  }
}
