package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Clients that move, but too slowly. */
class PaceIT {
  private static final String FAST_ONLY =
      "min-request-rate = 10KiB, min-response-rate = 10KiB, rate-window = 300ms,"
          + " body-idle-timeout = 1s";

  /** A trickle has the same end, and a pause may last. */
  private static final String PATIENT =
      "min-request-rate = 10KiB, min-response-rate = 10KiB, rate-window = 300ms,"
          + " body-idle-timeout = 20s";

  private static final String CHUNKED =
      " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin large() {
    return large(1600);
  }

  /** Answers with this many pieces of 64 KiB. */
  private Origin large(int pieces) {
    byte[] piece = new byte[64 * 1024];
    return gateway.origin(
        r -> {
          r.write("HTTP/1.1 200 OK\r\nContent-Length: " + pieces * piece.length + "\r\n\r\n");
          for (int i = 0; i < pieces; i++) {
            r.out().write(piece);
          }
          r.out().flush();
        });
  }

  /** A chunk whenever the one before has been asked for; the gateway ends it. */
  private static void drip(RawClient client) throws IOException {
    client.socket().setSoTimeout(10);
    for (int i = 0; i < 2000; i++) {
      try {
        client.send("1\r\nx\r\n");
        if (client.in().read() >= 0) {
          return;
        }
      } catch (java.net.SocketTimeoutException notYet) {
        // So it goes on.
      }
    }
    throw new AssertionError("the gateway takes all of it");
  }

  @Test
  void aBodyThatDripsInEndsIn408() throws IOException {
    CountDownLatch gone = new CountDownLatch(1);
    Origin origin =
        gateway.origin(
            r -> {
              while (r.raw().read() >= 0) {
                // Until the gateway cuts it.
              }
              gone.countDown();
            });
    gateway.start(Setup.to(origin).limits(FAST_ONLY));
    RawClient client = gateway.connect().send("POST /" + CHUNKED);
    drip(client);
    assertThat(gateway.access().awaitContaining("body_too_slow")).contains("\"status\":408");
    assertThat(gateway.audit().awaitContaining("body_too_slow")).contains("request-refused");
    assertThat(
            gateway.metric("gateway_downstream_requests_refused_total", "reason=\"body_too_slow\""))
        .isEqualTo(1);
  }

  @Test
  void aRouteMayLetItsClientsTakeTheirTime() throws IOException {
    Origin origin = gateway.origin(r -> r.answer(200, r.body()));
    gateway.start(
        Setup.to(origin)
            .limits(PATIENT)
            .routes("{ path = /stream, backend = app, min-request-rate = 0B }, { backend = app }"));
    RawClient patient = gateway.connect().send("POST /stream" + CHUNKED);
    // For longer than the same takes where it is not allowed.
    drip(gateway.connect().send("POST /" + CHUNKED));
    drip(gateway.connect().send("POST /" + CHUNKED));
    RawClient.Response response = patient.send("2\r\nhi\r\n0\r\n\r\n").read();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("hi");
  }

  @Test
  void aResponseThatItsClientDoesNotReadIsCut() throws IOException {
    gateway.start(Setup.to(large()).limits(FAST_ONLY));
    RawClient client = gateway.connect().get("/");
    assertThat(client.readHead().status()).isEqualTo(200);
    assertThat(gateway.access().awaitContaining("read_too_slow")).contains("\"status\":200");
    assertThat(readable(client)).isLessThan(100 * 1024 * 1024);
  }

  private static long readable(RawClient client) {
    byte[] buffer = new byte[64 * 1024];
    long sum = 0;
    try {
      int read;
      while ((read = client.in().read(buffer)) >= 0) {
        sum += read;
      }
    } catch (IOException cut) {
      // An end too.
    }
    return sum;
  }

  @Test
  void aStreamWhoseWindowStaysShutIsReset() throws IOException {
    gateway.start(Setup.to(large()).limits(FAST_ONLY));
    try (RawHttp2 client = RawHttp2.connect(gateway.https())) {
      client.get(1, "/");
      client.readUntil(f -> f.type() == RawHttp2.RST_STREAM && f.stream() == 1);
      assertThat(gateway.access().awaitContaining("read_too_slow")).contains("\"status\":200");
      // The connection lives on, and what is left of its window is for others.
      client.request(3, "HEAD", "/", true, Map.of());
      assertThat(client.readHead(3).status()).hasToString("200");
    }
  }

  /**
   * The backend is done and the exchange logged; but what the client does not take is still held.
   */
  @Test
  void theEndOfAResponseThatItsClientDoesNotReadIsCutToo() throws IOException {
    byte[] piece = new byte[64 * 1024];
    CountDownLatch written = new CountDownLatch(1);
    Origin origin =
        gateway.origin(
            r -> {
              r.write("HTTP/1.1 200 OK\r\nContent-Length: 131072\r\n\r\n");
              r.out().write(piece);
              r.out().write(piece);
              r.out().flush();
              written.countDown();
            });
    gateway.start(Setup.to(origin).limits(FAST_ONLY));
    try (RawHttp2 client = RawHttp2.connect(gateway.https())) {
      // The window of 65535 octets takes half of it.
      client.get(1, "/");
      client.readUntil(f -> f.type() == RawHttp2.RST_STREAM && f.stream() == 1);
    }
    assertThat(
            gateway.metric("gateway_downstream_requests_refused_total", "reason=\"read_too_slow\""))
        .isEqualTo(1);
  }

  // ---- clients that pause

  /** For longer than a trickle goes on: the pause is of several windows. */
  private void pause() throws IOException {
    drip(gateway.connect().send("POST /drip" + CHUNKED));
    drip(gateway.connect().send("POST /drip" + CHUNKED));
  }

  private void startPatient(Origin origin) {
    gateway.start(Setup.to(origin).limits(PATIENT).route("idle-timeout = 100ms"));
  }

  @Test
  void anUploadMayPause() throws IOException {
    startPatient(gateway.origin(r -> r.answer(200, r.body())));
    RawClient client = gateway.connect().send("POST /" + CHUNKED + "2\r\nhe\r\n");
    pause();
    assertThat(client.send("3\r\nllo\r\n0\r\n\r\n").read().body()).isEqualTo("hello");
  }

  @Test
  void anUploadOverHttp2MayPause() throws IOException {
    startPatient(gateway.origin(r -> r.answer(200, r.body())));
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.request(1, "POST", "/", false, Map.of());
    client.send(RawHttp2.DATA, 0, 1, new byte[] {'h', 'e'});
    pause();
    client.send(RawHttp2.DATA, RawHttp2.END_STREAM, 1, new byte[] {'y'});
    assertThat(client.readHead(1).status()).hasToString("200");
    assertThat(client.readUntil(f -> f.type() == RawHttp2.DATA && f.stream() == 1).payload())
        .isEqualTo(new byte[] {'h', 'e', 'y'});
  }

  @Test
  void aDownloadMayPause() throws IOException {
    startPatient(large(480));
    RawClient client = gateway.connect().get("/");
    assertThat(client.readHead().status()).isEqualTo(200);
    pause();
    assertThat(readable(client)).isEqualTo(30 * 1024 * 1024);
  }

  @Test
  void aDownloadOverHttp2MayPause() throws IOException {
    int size = 1024 * 1024;
    Origin origin =
        gateway.origin(
            r -> {
              r.write("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
              r.out().write(new byte[size]);
              r.out().flush();
            });
    startPatient(origin);
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.get(1, "/");
    assertThat(client.readHead(1).status()).hasToString("200");
    pause();
    client.send(RawHttp2.WINDOW_UPDATE, 0, 0, number(size));
    client.send(RawHttp2.WINDOW_UPDATE, 0, 1, number(size));
    long[] received = new long[1];
    client.readUntil(
        f -> {
          assertThat(f.type()).isNotEqualTo(RawHttp2.RST_STREAM);
          received[0] += f.type() == RawHttp2.DATA ? f.payload().length : 0;
          return f.type() == RawHttp2.DATA && (f.flags() & RawHttp2.END_STREAM) != 0;
        });
    assertThat(received[0]).isEqualTo(size);
  }

  private static byte[] number(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  @Test
  void anAnswerOfTheGatewaysOwnMayWait() throws IOException {
    Origin origin = gateway.origin(r -> r.raw().read());
    gateway.start(Setup.to(origin).limits(PATIENT).routes("{ path = /drip, backend = app }"));
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.send(RawHttp2.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, 0});
    client.get(1, "/unknown");
    assertThat(client.readHead(1).status()).hasToString("404");
    pause();
    client.send(RawHttp2.WINDOW_UPDATE, 0, 1, number(1000));
    RawHttp2.Frame body =
        client.readUntil(f -> f.type() == RawHttp2.DATA || f.type() == RawHttp2.RST_STREAM);
    assertThat(body.type()).isEqualTo(RawHttp2.DATA);
  }

  /** While the backend takes nothing, the client cannot send: that is not its fault. */
  @Test
  void aClientThatWaitsForTheBackendIsNotToBlame() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    Origin origin =
        gateway.origin(
            r -> {
              if (r.line().contains("/slow")) {
                try {
                  go.await(20, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              }
              r.answer(200, Integer.toString(r.body().length()));
            });
    gateway.start(Setup.to(origin).limits(FAST_ONLY));
    int size = 30_000_000;
    RawClient patient =
        gateway
            .connect()
            .send("POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + size + "\r\n\r\n");
    Thread sender =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    patient.send(new byte[size]);
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });
    drip(gateway.connect().send("POST /" + CHUNKED));
    drip(gateway.connect().send("POST /" + CHUNKED));
    go.countDown();
    assertThat(patient.read().body()).isEqualTo(Integer.toString(size));
    sender.join();
  }
}
