package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Request bodies without a length that are held until they are whole. */
class BufferedRequestsIT {
  private static final String CHUNKED =
      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin start(String size, String backend) {
    Origin origin =
        gateway.origin(
            r -> {
              String length = String.valueOf(r.header("content-length"));
              r.answer(
                  200,
                  length
                      + " "
                      + r.header("transfer-encoding")
                      + " "
                      + r.header("trailer")
                      + " "
                      + r.body());
            });
    gateway.start(Setup.to(origin).route("buffer-requests = " + size).backend(backend));
    return origin;
  }

  @Test
  void aChunkedBodyIsSentWithItsLength() throws IOException {
    Origin origin = start("1KiB", "");
    RawClient client = gateway.connect();
    client.send(CHUNKED + "\r\n5\r\nhello\r\n");
    gateway.awaitTurns();
    assertThat(origin.connections()).isZero();
    client.send("6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n");
    assertThat(client.read().body()).isEqualTo("11 null null hello world");
    client.send(CHUNKED + "\r\n0\r\n\r\n");
    assertThat(client.read().body()).isEqualTo("0 null null ");
    // What has a length is sent as it comes.
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi");
    assertThat(client.read().body()).isEqualTo("2 null null hi");
    assertThat(client.get("/").read().body()).isEqualTo("null null null ");
  }

  @Test
  void aBodyOfHttp2IsSentWithItsLength() throws IOException {
    Origin origin = start("1KiB", "");
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    http2.request(1, "POST", "/", /* end= */ false, Map.of());
    http2.send(RawHttp2.DATA, 0, 1, "hello".getBytes(StandardCharsets.US_ASCII));
    gateway.awaitTurns();
    assertThat(origin.connections()).isZero();
    http2.send(RawHttp2.DATA, RawHttp2.END_STREAM, 1, " world".getBytes(StandardCharsets.US_ASCII));
    Http2Headers head = http2.readHead(1);
    assertThat(head.status()).hasToString("200");
    assertThat(origin.requests().getFirst().header("content-length")).isEqualTo("11");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "protocol = http1", "retries.attempts = 0"})
  void aClientThatWaitsIsToldToSend(String backend) throws IOException {
    Origin origin = start("1KiB", backend);
    RawClient client = gateway.connect();
    client.send(CHUNKED + "Expect: 100-continue\r\n\r\n");
    assertThat(client.readHead().status()).isEqualTo(100);
    client.send("2\r\nhi\r\n0\r\n\r\n");
    assertThat(client.read().body()).isEqualTo("2 null null hi");
    assertThat(origin.requests().getFirst().header("expect")).isNull();
  }

  @Test
  void aLargerBodyIsRefusedAndTheLogNamesTheLimit() throws IOException {
    Origin origin = start("1KiB", "");
    RawClient client = gateway.connect();
    client.send(CHUNKED + "\r\n" + "400\r\n" + "x".repeat(1024) + "\r\n1\r\nx\r\n");
    assertThat(client.read().status()).isEqualTo(413);
    assertThat(gateway.access().awaitContaining("413"))
        .contains("\"setting\":\"routes[0].buffer-requests = 1KiB\"");
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    http2.request(1, "POST", "/", /* end= */ false, Map.of());
    http2.send(RawHttp2.DATA, 0, 1, new byte[1025]);
    assertThat(http2.readHead(1).status()).hasToString("413");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void aClientThatLeavesCostsNothing() throws IOException {
    Origin origin = start("1MiB", "");
    RawClient client = gateway.connect();
    client.send(CHUNKED + "\r\n5\r\nhello\r\n");
    gateway.awaitTurns();
    client.close();
    gateway.awaitMetric(
        1, "gateway_downstream_exchange_failures_total", "failure=\"client_closed\"");
    assertThat(origin.connections()).isZero();
  }

  @Test
  void aClientThatStopsIsEnded() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(
        Setup.to(origin).limits("body-idle-timeout = 200ms").route("buffer-requests = 1MiB"));
    RawClient client = gateway.connect();
    client.send(CHUNKED + "\r\n5\r\nhello\r\n");
    assertThat(client.read().status()).isEqualTo(408);
    assertThat(origin.requests()).isEmpty();
  }
}
