package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.KernelBuffers;
import sallyport.testkit.OneLane;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.Zeros;

/** Bodies larger than the heap (512 MiB in these tests), and readers slower than writers. */
@OneLane("One exchange at a time, large.")
@Timeout(180) // 700 MiB each, through four ends of TLS, with every buffer tracked
class StreamingIT {
  private static final long SIZE = 700L * 1024 * 1024;
  private static final byte[] PIECE = new byte[64 * 1024];

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static void writePieces(OutputStream out, long size) throws IOException {
    for (long left = size; left > 0; left -= PIECE.length) {
      out.write(PIECE, 0, (int) Math.min(left, PIECE.length));
    }
    out.flush();
  }

  private static long count(InputStream in, long size) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    long count = 0;
    int read;
    while (count < size && (read = in.read(buffer)) >= 0) {
      count += read;
    }
    return count;
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aDownloadLargerThanTheHeapPasses(Version version) throws Exception {
    Origin origin =
        gateway.origin(
            r -> {
              r.write("HTTP/1.1 200 OK\r\nContent-Length: " + SIZE + "\r\n\r\n");
              writePieces(r.out(), SIZE);
            });
    gateway.start(origin);
    HttpResponse<InputStream> response =
        gateway
            .client(version)
            .send(
                HttpRequest.newBuilder(gateway.uri("/")).build(),
                HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      assertThat(count(body, SIZE)).isEqualTo(SIZE);
      assertThat(body.read()).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void anUploadLargerThanTheHeapPasses(Version version) throws Exception {
    Origin origin = gateway.origin(r -> r.answer(200, Long.toString(count(r.raw(), SIZE))));
    gateway.start(Setup.to(origin).limits("max-body = 1GiB"));
    HttpRequest.BodyPublisher body =
        HttpRequest.BodyPublishers.fromPublisher(
            HttpRequest.BodyPublishers.ofInputStream(() -> new Zeros(SIZE)), SIZE);
    HttpResponse<String> response =
        gateway
            .client(version)
            .send(
                HttpRequest.newBuilder(gateway.uri("/")).POST(body).build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(response.body()).isEqualTo(Long.toString(SIZE));
  }

  /**
   * The backend's writes must come to a stop while the client reads nothing: what it could write is
   * what sockets and the gateway's bounded buffers hold, and that is far less than what it has.
   */
  @Test
  void aSlowReaderHoldsTheBackendBack() throws Exception {
    long size = KernelBuffers.mostThroughTheGateway() * 9 / 8;
    AtomicLong written = new AtomicLong();
    CompletableFuture<Void> done = new CompletableFuture<>();
    CountDownLatch started = new CountDownLatch(1);
    Origin origin =
        gateway.origin(
            r -> {
              r.write("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
              started.countDown();
              for (long left = size; left > 0; left -= PIECE.length) {
                r.out().write(PIECE, 0, (int) Math.min(left, PIECE.length));
                written.addAndGet(PIECE.length);
              }
              r.out().flush();
              done.complete(null);
            });
    gateway.start(origin);
    RawClient client = gateway.connect();
    RawClient.Response head = client.get("/").readHead();
    assertThat(head.status()).isEqualTo(200);
    assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
    gateway.awaitStandstill(written);
    assertThat(done).isNotDone();
    assertThat(written.get()).isLessThan(KernelBuffers.mostThroughTheGateway());
    assertThat(count(client.in(), size)).isEqualTo(size);
    done.get(20, TimeUnit.SECONDS);
  }

  @Test
  void aBackendThatDoesNotReadHoldsTheClientBack() throws Exception {
    long size = KernelBuffers.mostThroughTheGateway() * 9 / 8;
    CountDownLatch release = new CountDownLatch(1);
    Origin origin =
        gateway.origin(
            r -> {
              try {
                release.await(30, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              r.answer(200, Long.toString(count(r.raw(), size)));
            });
    gateway.start(Setup.to(origin).limits("max-body = 1GiB"));
    RawClient client = gateway.connect();
    AtomicLong sent = new AtomicLong();
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + size + "\r\n\r\n");
    CompletableFuture<Void> sender =
        CompletableFuture.runAsync(
            () -> {
              try {
                for (long left = size; left > 0; left -= PIECE.length) {
                  client.send(PIECE);
                  sent.addAndGet(PIECE.length);
                }
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    gateway.awaitStandstill(sent);
    assertThat(sender).isNotDone();
    assertThat(sent.get()).isLessThan(KernelBuffers.mostThroughTheGateway());
    release.countDown();
    sender.get(60, TimeUnit.SECONDS);
    assertThat(client.read().body()).isEqualTo(Long.toString(size));
  }
}
