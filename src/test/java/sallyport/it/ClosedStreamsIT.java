package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawHttp2;

/** Frames on streams that are over, or that never were (RFC 9113 sections 5.1 and 5.1.1). */
class ClosedStreamsIT {
  private static final int PROTOCOL_ERROR = 1;
  private static final int STREAM_CLOSED = 5;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();
  private RawHttp2 client;

  @BeforeEach
  void start() throws IOException {
    // It never waits for a body.
    gateway.start(gateway.origin(r -> r.answer(200, "hello")));
    client = gateway.closing(RawHttp2.connect(gateway.https()));
  }

  private void awaitEnd(int stream) throws IOException {
    client.readUntil(f -> f.stream() == stream && (f.flags() & RawHttp2.END_STREAM) != 0);
  }

  private void assertEndsWith(int error, String reason) throws IOException {
    RawHttp2.Frame goaway = client.readUntil(f -> f.type() == RawHttp2.GOAWAY);
    assertThat(goaway.number(4)).isEqualTo(error);
    assertThat(gateway.audit().awaitContaining("http2-aborted"))
        .contains("\"reason\":\"" + reason + "\"");
    client.readToEnd();
  }

  @Test
  void aSecondHeadOnAnAnsweredStream() throws IOException {
    client.get(1, "/");
    awaitEnd(1);
    client.get(1, "/");
    assertEndsWith(STREAM_CLOSED, "stream_closed");
  }

  @Test
  void aSecondHeadOnAStreamThatMayNotBeAnsweredYet() throws IOException {
    client.get(1, "/");
    client.get(1, "/");
    assertEndsWith(STREAM_CLOSED, "stream_closed");
  }

  @Test
  void dataBehindTheEnd() throws IOException {
    client.get(1, "/");
    awaitEnd(1);
    client.send(RawHttp2.DATA, 0, 1, new byte[5]);
    assertEndsWith(STREAM_CLOSED, "stream_closed");
  }

  @Test
  void anIdentifierThatGoesBackwards() throws IOException {
    client.get(5, "/");
    client.get(3, "/");
    assertEndsWith(PROTOCOL_ERROR, "protocol_error");
  }

  @Test
  void anIdentifierThatGoesBackwardsByMany() throws IOException {
    client.get(501, "/");
    client.get(1, "/");
    assertEndsWith(PROTOCOL_ERROR, "protocol_error");
  }

  @Test
  void anIdentifierBelowOneThatWasRefused() throws IOException {
    client.request(7, "GET", "/", true, Map.of("connection", "close"));
    client.readUntil(f -> f.type() == RawHttp2.RST_STREAM && f.stream() == 7);
    client.get(5, "/");
    assertEndsWith(PROTOCOL_ERROR, "protocol_error");
  }

  @Test
  void anIdentifierThatGoesBackwardsOnAHeadThatIsRefused() throws IOException {
    client.get(7, "/");
    client.request(5, "GET", "/", true, Map.of("connection", "close"));
    assertEndsWith(PROTOCOL_ERROR, "protocol_error");
  }

  @Test
  void aMalformedHeadOnAStreamThatClientsDoNotOpen() throws IOException {
    client.request(2, "GET", "/", true, Map.of("connection", "close"));
    assertEndsWith(PROTOCOL_ERROR, "protocol_error");
  }

  @Test
  void aWindowUpdateOfNothingOnAStreamThatWasNeverOpened() throws IOException {
    client.send(RawHttp2.WINDOW_UPDATE, 0, 1, new byte[4]);
    assertEndsWith(PROTOCOL_ERROR, "protocol_error");
  }

  @Test
  void nothingIsReadBehindTheError() throws IOException {
    client.get(5, "/");
    client.get(3, "/");
    client.get(7, "/late");
    assertEndsWith(PROTOCOL_ERROR, "protocol_error");
    assertThat(gateway.access().all()).noneMatch(line -> line.contains("/late"));
  }

  @Test
  void trailersThatCrossAnEarlyAnswerHarmNobody() throws IOException {
    client.request(1, "POST", "/", false, Map.of());
    awaitEnd(1);
    client.readUntil(f -> f.type() == RawHttp2.RST_STREAM && f.stream() == 1);
    client.trailers(1, Map.of("x-sum", "1"));
    client.get(3, "/");
    assertThat(client.readHead(3).status()).hasToString("200");
  }

  @Test
  void trailersOfAStreamWhoseHeadWasRefusedHarmNobody() throws IOException {
    client.request(1, "POST", "/", false, Map.of("connection", "close"));
    client.readUntil(f -> f.type() == RawHttp2.RST_STREAM && f.stream() == 1);
    client.get(3, "/");
    assertThat(client.readHead(3).status()).hasToString("200");
    client.trailers(1, Map.of("x-sum", "1"));
    client.get(5, "/");
    assertThat(client.readHead(5).status()).hasToString("200");
  }

  @Test
  void aHeadBehindARefusedOneIsNoRequest() throws IOException {
    client.request(1, "GET", "/", true, Map.of("connection", "close"));
    client.readUntil(f -> f.type() == RawHttp2.RST_STREAM && f.stream() == 1);
    client.get(1, "/again");
    client.readUntil(f -> f.type() == RawHttp2.RST_STREAM && f.stream() == 1);
    client.get(3, "/");
    assertThat(client.readHead(3).status()).hasToString("200");
    gateway.access().awaitContaining("\"path\":\"/\"");
    assertThat(gateway.access().all()).noneMatch(line -> line.contains("/again"));
  }

  @Test
  void aHeadBehindAPriorityThatIsRefusedIsNoRequest() throws IOException {
    // Depends on itself.
    client.send(RawHttp2.PRIORITY, 0, 1, new byte[] {0, 0, 0, 1, 15});
    client.readUntil(f -> f.type() == RawHttp2.RST_STREAM && f.stream() == 1);
    client.get(1, "/again");
    client.readUntil(f -> f.type() == RawHttp2.RST_STREAM && f.stream() == 1);
    client.get(3, "/");
    assertThat(client.readHead(3).status()).hasToString("200");
  }

  @Test
  void streamsMayBeSkippedAndAreManyInOneConnection() throws IOException {
    for (int stream = 1; stream < 2000; stream += stream % 3 == 0 ? 600 : 2) {
      client.get(stream, "/");
      assertThat(client.readHead(stream).status()).hasToString("200");
    }
  }
}
