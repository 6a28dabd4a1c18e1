package sallyport.front.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.net.Failure;
import sallyport.testkit.EmbeddedHttp2;
import sallyport.testkit.FakeClientStream;
import sallyport.testkit.RawHttp2;

/**
 * The frames of a client's connection: three streams, three resets, five control frames and three
 * empty ones are allowed.
 */
class Http2ServerHandlerTest {
  private static final int UNKNOWN = 200;

  private final Http2Client client = new Http2Client();

  @AfterEach
  void nothingIsLeftBehind() {
    client.hangUp();
    assertThat(client.proxy.transport.cluster().endpoints())
        .allSatisfy(endpoint -> assertThat(endpoint.requests()).isZero());
    client.channel.finishAndReleaseAll();
  }

  private void assertEnded(String error, String reason) {
    assertThat(client.told())
        .as("Netty does not know the last stream of a broken connection")
        .contains("GOAWAY 2147483647 " + error);
    assertThat(client.reports).endsWith(reason);
    assertThat(client.channel.isOpen()).isFalse();
  }

  // ---- what is announced

  @Test
  void theLimitsAreAnnouncedFirst() {
    RawHttp2.Frame first = client.frames.sent().getFirst();
    assertThat(first.type()).isEqualTo(RawHttp2.SETTINGS);
    ByteBuf payload = Unpooled.wrappedBuffer(first.payload());
    Map<Integer, Integer> settings = new HashMap<>();
    while (payload.isReadable()) {
      settings.put(payload.readUnsignedShort(), payload.readInt());
    }
    assertThat(settings)
        .as("streams, the window of each, octets of a head, WebSocket")
        .containsEntry(3, 3)
        .containsEntry(4, Http2Client.WINDOW)
        .containsEntry(6, 1024)
        .containsEntry(8, 1);
  }

  @Test
  void aConnectionMaySendMoreAheadThanOneStream() {
    client.frames.read(RawHttp2.PREFACE.getBytes(StandardCharsets.US_ASCII));
    assertThat(client.told()).contains("WINDOW_UPDATE 0 1048576");
  }

  @Test
  void moreStreamsThanAllowedAreRefused() {
    client.opened();
    List<FakeClientStream> served = List.of(client.get(1), client.get(3), client.get(5));
    FakeClientStream refused = client.get(7);
    assertThat(client.told()).containsExactly("RST_STREAM 7 REFUSED_STREAM");
    assertThat(refused.sent).isEmpty();
    served.getFirst().answers(204, "");
    assertThat(client.told()).containsExactly("HEADERS 1 204 end");
    client.get(9);
    assertThat(refused.sent).as("the connection that is still idle").isNotEmpty();
  }

  // ---- heads that are too large

  @Test
  void aHeadThatIsTooLargeIsAnsweredOnItsStream() {
    client.opened();
    client.frames.read("HE1" + Http2Client.head("GET", "x=" + "y".repeat(1000)));
    assertThat(client.told()).startsWith("HEADERS 1 431 end");
    assertThat(client.frames.head(1).get("strict-transport-security"))
        .hasToString(Http2Client.HSTS);
    assertThat(client.frames.head(1).contains("date")).isTrue();
    assertThat(client.proxy.logs)
        .singleElement()
        .satisfies(log -> assertThat(log.failure).isEqualTo(Failure.Client.HEADER_TOO_LARGE));
    assertThat(client.reports).as("counted once, as a refused request").isEmpty();
    client.get(3).answers(204, "");
    assertThat(client.told()).contains("HEADERS 3 204 end");
  }

  // ---- floods

  /** Sends one frame that costs nothing. */
  private void frame(String kind, int number) {
    switch (kind) {
      case "RST_STREAM" -> {
        client.get(2 * number + 1);
        client.frames.read("R" + (2 * number + 1) + " 8");
      }
      case "stream error" -> {
        client.post(2 * number + 1);
        client.frames.receive(
            RawHttp2.WINDOW_UPDATE, 0, 2 * number + 1, EmbeddedHttp2.number(Integer.MAX_VALUE));
      }
      case "SETTINGS" -> client.frames.receive(RawHttp2.SETTINGS, 0, 0, new byte[0]);
      case "PING" -> client.frames.receive(RawHttp2.PING, 0, 0, new byte[8]);
      case "PING ACK" -> client.frames.receive(RawHttp2.PING, EmbeddedHttp2.ACK, 0, new byte[8]);
      case "PRIORITY" -> client.frames.receive(RawHttp2.PRIORITY, 0, 9, new byte[5]);
      case "unknown" -> client.frames.receive(UNKNOWN, 0, 0, new byte[0]);
      case "empty DATA" -> {
        if (number == 0) {
          client.post(1);
        }
        client.frames.receive(RawHttp2.DATA, 0, 1, new byte[0]);
      }
      default -> throw new AssertionError(kind);
    }
  }

  /** The preface has two control frames of the five. */
  @ParameterizedTest
  @CsvSource({
    "RST_STREAM, 3, reset_flood",
    "stream error, 3, reset_flood",
    "SETTINGS, 3, control_flood",
    "PING, 3, control_flood",
    "PING ACK, 3, control_flood",
    "PRIORITY, 3, control_flood",
    "unknown, 3, control_flood",
    "empty DATA, 3, empty_frame_flood"
  })
  void oneFrameMoreThanAllowedEndsTheConnection(String kind, int allowed, String reason) {
    client.opened();
    for (int i = 0; i < allowed; i++) {
      frame(kind, i);
    }
    assertThat(client.channel.isOpen()).isTrue();
    assertThat(client.told()).noneMatch(frame -> frame.startsWith("GOAWAY"));
    frame(kind, allowed);
    assertThat(client.told())
        .filteredOn(frame -> frame.startsWith("GOAWAY"))
        .singleElement()
        .asString()
        .endsWith(" ENHANCE_YOUR_CALM");
    assertThat(client.reports).endsWith(reason).containsOnlyOnce(reason);
    assertThat(client.channel.isOpen()).isFalse();
  }

  @Test
  void aFloodInOneReadIsReportedOnce() {
    client.opened();
    byte[] ping = RawHttp2.frame(RawHttp2.PING, 0, 0, new byte[8]);
    client.frames.read(
        Unpooled.copiedBuffer(Collections.nCopies(20, ping).toArray(byte[][]::new)).array());
    assertThat(client.reports).containsExactly("control_flood");
  }

  @Test
  void answersToTheGatewaysPingsAreNoFlood() {
    client.opened();
    for (int i = 0; i < 10; i++) {
      client.handler.ping();
      frame("PING ACK", i);
    }
    assertThat(client.channel.isOpen()).isTrue();
    assertThat(client.reports).isEmpty();
  }

  @Test
  void anEmptyEndOfABodyIsNoFlood() {
    client.opened();
    for (int stream = 1; stream < 20; stream += 2) {
      FakeClientStream upstream = client.post(stream);
      client.frames.read("DE" + stream + " ");
      upstream.answers(204, "");
    }
    assertThat(client.channel.isOpen()).isTrue();
    assertThat(client.reports).isEmpty();
  }

  // ---- broken rules

  @Test
  void aFrameOfAStreamThatWasNeverOpenedEndsTheConnection() {
    client.opened().frames.receive(RawHttp2.WINDOW_UPDATE, 0, 5, EmbeddedHttp2.number(0));
    assertEnded("PROTOCOL_ERROR", "protocol_error");
  }

  @Test
  void aStreamThatClientsDoNotOpenEndsTheConnection() {
    client.opened().frames.read("HE2" + Http2Client.head("GET", ""));
    assertThat(client.told()).anyMatch(frame -> frame.endsWith(" PROTOCOL_ERROR"));
    assertThat(client.reports).containsExactly("protocol_error");
  }

  @Test
  void aStreamOutOfOrderEndsTheConnection() {
    client.opened().get(5);
    client.frames.read("HE3" + Http2Client.head("GET", ""));
    assertEnded("PROTOCOL_ERROR", "protocol_error");
  }

  @Test
  void dataBehindTheEndOfAStreamEndsTheConnection() {
    client.opened().get(1).answers(204, "");
    client.data(1, 1);
    assertEnded("STREAM_CLOSED", "stream_closed");
  }

  @Test
  void whatComesBehindTheErrorOfAConnectionIsNotServed() {
    client.opened();
    FakeClientStream upstream = client.idle();
    client.frames.read(
        "HE5"
            + Http2Client.head("GET", "")
            + " ; HE3"
            + Http2Client.head("GET", "")
            + " ; HE7"
            + Http2Client.head("GET", ""));
    assertThat(client.proxy.transport.pending).isEmpty();
    assertThat(client.proxy.logs).hasSize(1);
    assertThat(upstream.aborted).isTrue();
    assertThat(client.reports).containsExactly("protocol_error");
  }

  @Test
  void dataThatCrossesAResetOfTheGatewaysIsAStreamErrorAlone() {
    FakeClientStream upstream = client.opened().post(1);
    upstream.answers(403, "");
    client.told();
    client.data(1, 1);
    assertThat(client.channel.isOpen()).isTrue();
    client.get(3).answers(204, "");
    assertThat(client.told()).contains("HEADERS 3 204 end");
  }

  @Test
  void theErrorOfAConnectionEndsItsExchanges() {
    FakeClientStream upstream = client.opened().post(1);
    client.frames.receive(RawHttp2.WINDOW_UPDATE, 0, 0, EmbeddedHttp2.number(0));
    assertThat(upstream.aborted).isTrue();
    assertThat(client.proxy.logs)
        .extracting(log -> log.failure)
        .containsExactly(Failure.Client.CLIENT_CLOSED);
  }

  // ---- whose turn it is

  @Test
  void aConnectionAnswersOnceAllItsRequestsAreWhole() {
    assertThat(client.opened().handler.isAnswering()).as("no stream").isFalse();
    FakeClientStream first = client.get(1);
    assertThat(client.handler.isAnswering()).isTrue();
    FakeClientStream second = client.post(3);
    assertThat(client.handler.isAnswering()).as("a body is to come").isFalse();
    client.frames.read("DE3 x");
    assertThat(client.handler.isAnswering()).isTrue();
    first.answers(204, "");
    second.answers(204, "");
    client.told();
    assertThat(client.handler.isAnswering()).isFalse();
  }
}
