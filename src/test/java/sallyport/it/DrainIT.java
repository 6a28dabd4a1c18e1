package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;

/** A stop: what has begun is finished, nothing new is taken, and nobody waits for ever. */
class DrainIT {
  private static final Duration LONG = Duration.ofSeconds(20);

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  /** Holds the answer until the test releases it. */
  private void gated(Origin.Request request) throws IOException {
    asked.countDown();
    await(release);
    request.reply(200, "finished");
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  /** Begins to drain, and returns when a connection that was idle has been closed. */
  private CompletableFuture<Boolean> drain(Duration timeout) throws Exception {
    RawClient idle = gateway.connect();
    assertThat(idle.get("/idle").read().status()).isEqualTo(200);
    CompletableFuture<Boolean> drained = gateway.drain(timeout);
    assertThat(idle.isClosedByPeer()).isTrue();
    return drained;
  }

  private void start() {
    gateway.start(
        gateway.origin(
            r -> {
              if (r.line().contains("/idle")) {
                r.reply(200, "");
              } else {
                gated(r);
              }
            }));
  }

  @Test
  void anExchangeInFlightIsFinishedAndTheConnectionThenClosed() throws Exception {
    start();
    RawClient client = gateway.connect().get("/");
    await(asked);
    CompletableFuture<Boolean> drained = drain(LONG);
    assertThat(drained).isNotDone();
    release.countDown();
    RawClient.Response response = client.read();
    assertThat(response.body()).isEqualTo("finished");
    assertThat(response.header("connection")).isEqualTo("close");
    assertThat(client.isClosedByPeer()).isTrue();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void anHttp2StreamInFlightIsFinishedAfterGoaway() throws Exception {
    start();
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.get(1, "/");
    await(asked);
    CompletableFuture<Boolean> drained = drain(LONG);
    RawHttp2.Frame goaway = client.readUntil(frame -> frame.type() == RawHttp2.GOAWAY);
    assertThat(goaway.number(4)).as("error code").isZero();
    release.countDown();
    assertThat(client.readHead(1).status()).hasToString("200");
    client.readUntil(frame -> frame.stream() == 1 && (frame.flags() & RawHttp2.END_STREAM) != 0);
    client.readToEnd();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void newConnectionsAreRefused() throws Exception {
    start();
    RawClient client = gateway.connect().get("/");
    await(asked);
    var https = gateway.https();
    var http = gateway.http();
    CompletableFuture<Boolean> drained = drain(LONG);
    assertThatThrownBy(() -> RawClient.plain(https)).isInstanceOf(ConnectException.class);
    assertThatThrownBy(() -> RawClient.plain(http)).isInstanceOf(ConnectException.class);
    release.countDown();
    assertThat(client.read().status()).isEqualTo(200);
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void theAdminListenerSaysThatItDrains() throws Exception {
    start();
    assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(200);
    RawClient client = gateway.connect().get("/");
    await(asked);
    CompletableFuture<Boolean> drained = drain(LONG);
    assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(503);
    assertThat(gateway.admin("/readyz").body()).isEqualTo("draining\n");
    assertThat(gateway.admin("/healthz").statusCode()).isEqualTo(200);
    release.countDown();
    assertThat(client.read().status()).isEqualTo(200);
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aRequestOnAnotherStreamIsRefusedAfterGoaway() throws Exception {
    start();
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.get(1, "/");
    await(asked);
    CompletableFuture<Boolean> drained = drain(LONG);
    // The first one lets requests in that are on their way; the second one names the last of them.
    client.readUntil(
        frame -> frame.type() == RawHttp2.GOAWAY && frame.number(0) != Integer.MAX_VALUE);
    client.get(3, "/late");
    release.countDown();
    assertThat(client.readHead(1).status()).hasToString("200");
    client.readToEnd();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(gateway.access().all()).noneMatch(line -> line.contains("/late"));
  }

  @Test
  void aLameDuckIsNotReadyButServes() throws Exception {
    start();
    CompletableFuture<Boolean> drained = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(() -> drained.complete(gateway.gateway().drain(Duration.ofMinutes(10), LONG)));
    gateway.audit().awaitContaining("stopping");
    assertThat(gateway.admin("/readyz").statusCode()).isEqualTo(503);
    assertThat(gateway.connect().get("/idle").read().status()).isEqualTo(200);
    assertThat(drained).isNotDone();
    gateway.stop();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isFalse();
  }

  @Test
  void connectionsThatAreOpenTakeTheRequestsThatAreOnTheirWay() throws Exception {
    start();
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    CompletableFuture<Boolean> drained = new CompletableFuture<>();
    Thread.ofPlatform().start(() -> drained.complete(gateway.gateway().drain(LONG)));
    RawHttp2.Frame first = client.readUntil(frame -> frame.type() == RawHttp2.GOAWAY);
    assertThat(first.number(0)).as("last stream").isEqualTo(Integer.MAX_VALUE);
    client.readToEnd();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
  }

  /** Its client has had no time to send the request that it has opened the connection for. */
  @Test
  void aConnectionWhoseHandshakeIsStillToComeTakesItsFirstRequest() throws Exception {
    start();
    RawClient plain = gateway.closing(RawClient.plain(gateway.https()));
    gateway.awaitMetric(1, "gateway_downstream_connections_total", "listener=\"https\"");
    CompletableFuture<Boolean> drained = gateway.drain(LONG);
    RawClient client = gateway.closing(plain.secure());
    RawClient.Response response = client.get("/idle").read();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("connection")).isEqualTo("close");
    assertThat(client.isClosedByPeer()).isTrue();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aSecondSignalEndsTheLameDuckAndAThirdOneFindsNone() throws Exception {
    start();
    CompletableFuture<Boolean> drained = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(() -> drained.complete(gateway.gateway().drain(Duration.ofMinutes(10), LONG)));
    gateway.audit().awaitContaining("stopping");
    RawClient client = gateway.connect().get("/");
    await(asked);
    assertThat(gateway.gateway().endLameDuck()).isTrue();
    release.countDown();
    RawClient.Response response = client.read();
    assertThat(response.body()).isEqualTo("finished");
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(gateway.gateway().endLameDuck()).isFalse();
  }

  @Test
  void anExchangeThatDoesNotEndInTimeIsCut() throws Exception {
    start();
    RawClient client = gateway.connect().get("/");
    await(asked);
    assertThat(drain(Duration.ofMillis(300)).get(20, TimeUnit.SECONDS)).isFalse();
    gateway.stop();
    assertThatThrownBy(client::read).isInstanceOf(IOException.class);
    assertThat(gateway.audit().awaitContaining("stopped")).contains("\"cut\":1");
    release.countDown();
  }

  @Test
  void withNothingInFlightTheStopIsImmediate() {
    start();
    assertThat(gateway.gateway().drain(LONG)).isTrue();
    gateway.stop();
    assertThat(gateway.audit().awaitContaining("stopped")).contains("\"cut\":0");
  }

  @Test
  void aResponseThatIsUnderWayIsFinished() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    gateway.start(
        gateway.origin(
            r -> {
              if (r.line().contains("/idle")) {
                r.reply(200, "");
                return;
              }
              r.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
              begun.countDown();
              await(release);
              r.write("56789");
            }));
    RawClient client = gateway.connect().get("/");
    await(begun);
    CompletableFuture<Boolean> drained = drain(LONG);
    release.countDown();
    assertThat(client.read().body()).isEqualTo("0123456789");
    assertThat(client.isClosedByPeer()).isTrue();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
  }
}
