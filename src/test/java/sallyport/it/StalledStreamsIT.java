package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Nginx;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Streams of an HTTP/2 connection that stand still, and those beside them. */
class StalledStreamsIT {
  private static final int STALLED = 40;
  private static final int ACK = 1;
  private static final int BIG = 1024 * 1024;

  /** SETTINGS_INITIAL_WINDOW_SIZE = 0 (RFC 9113 section 6.5.2). */
  private static final byte[] NO_WINDOW = {0, 4, 0, 0, 0, 0};

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Nginx nginx(Path root) throws IOException {
    Files.createDirectories(root);
    Files.write(root.resolve("big"), new byte[BIG]);
    return gateway.closing(Nginx.start(root, "http2", "root " + root + ";"));
  }

  private static byte[] number(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  @Test
  void readersThatStandStillBehindAnHttp2BackendDoNotStopOthers() throws IOException {
    Nginx nginx = nginx(gateway.file("web"));
    gateway.start(
        Setup.to(nginx.address())
            .backend("protocol = http2")
            .limits("rate-window = 10m, body-idle-timeout = 10m"));
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.send(RawHttp2.SETTINGS, 0, 0, NO_WINDOW);
    client.send(RawHttp2.WINDOW_UPDATE, 0, 0, number(64 * BIG));
    for (int i = 0; i < STALLED; i++) {
      client.get(2 * i + 1, "/big");
    }
    for (int i = 0; i < STALLED; i++) {
      assertThat(client.decode(client.readUntil(f -> f.type() == RawHttp2.HEADERS)).status())
          .hasToString("200");
    }
    int last = 2 * (STALLED + 5);
    for (int stream = 2 * STALLED + 1; stream < last; stream += 2) {
      client.get(stream, "/big");
      client.send(RawHttp2.WINDOW_UPDATE, 0, stream, number(BIG));
    }
    Map<Integer, Integer> received = new HashMap<>();
    for (int ended = 0; ended < 5; ended++) {
      client.readUntil(
          f -> {
            if (f.type() == RawHttp2.DATA) {
              received.merge(f.stream(), f.payload().length, Integer::sum);
            }
            return f.type() == RawHttp2.DATA && (f.flags() & RawHttp2.END_STREAM) != 0;
          });
    }
    assertThat(received)
        .hasSize(5)
        .allSatisfy(
            (stream, octets) -> {
              assertThat(stream).isGreaterThan(2 * STALLED);
              assertThat(octets).isEqualTo(BIG);
            });
  }

  @Test
  void uploadsThatWaitForOneBackendDoNotStopThoseToAnother() throws IOException {
    ServerSocket silent = gateway.closing(new ServerSocket(0, 5, InetAddress.getLoopbackAddress()));
    String other =
        gateway
            .origin(request -> request.answer(200, Integer.toString(request.body().length())))
            .address();
    gateway.start(
        Setup.to("127.0.0.1:" + silent.getLocalPort())
            .backend("connect-timeout = 5m")
            .routes("{ path = /silent, backend = app }, { path = /, backend = other }")
            .gateway(
                """
                backends.other {
                  endpoints = [ "%s" ]
                  tls {
                    trust = backend-ca.pem
                    certificate { chain = client.pem, key = client.key }
                    server-name = legacy.internal
                  }
                }
                """
                    .formatted(other)));
    Uploader client = new Uploader(gateway.closing(RawHttp2.connect(gateway.https())));
    // Before it is acknowledged, the window of streams counts for nothing.
    client.raw.send(RawHttp2.SETTINGS, ACK, 0, new byte[0]);
    int stream = 1;
    for (; stream < 2 * 20; stream += 2) {
      client.raw.request(stream, "POST", "/silent", false, Map.of());
      client.send(stream, 250_000, 0);
    }
    client.raw.request(stream, "POST", "/", false, Map.of());
    client.send(stream, 250_000, RawHttp2.END_STREAM);
    assertThat(client.raw.readHead(stream).status()).hasToString("200");
  }

  /** Sends no more than the connection's window lets it. */
  private static final class Uploader {
    private final RawHttp2 raw;
    private int window = 65_535;

    Uploader(RawHttp2 raw) {
      this.raw = raw;
    }

    void send(int stream, int octets, int flags) throws IOException {
      for (int left = octets; left > 0; ) {
        int piece = Math.min(left, 16_000);
        while (window < piece) {
          window +=
              raw.readUntil(f -> f.type() == RawHttp2.WINDOW_UPDATE && f.stream() == 0).number(0);
        }
        left -= piece;
        window -= piece;
        raw.send(RawHttp2.DATA, left == 0 ? flags : 0, stream, new byte[piece]);
      }
    }
  }
}
