package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Frames that cost a client nothing: each kind ends its own connection, and nobody else's. */
class Http2FloodsIT {
  private static final int ENHANCE_YOUR_CALM = 11;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();
  private RawHttp2 attacker;
  private RawClient bystander;

  @BeforeEach
  void start() throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .listener(
                "http2.floods { window = 1m, resets = 20, control-frames = 50, empty-frames = 10 }"));
    bystander = gateway.connect();
    attacker = gateway.closing(RawHttp2.connect(gateway.https()));
  }

  @AfterEach
  void othersAreServed() throws IOException {
    assertThat(bystander.get("/").read().status()).isEqualTo(200);
  }

  private interface Burst {
    void send(int i) throws IOException;
  }

  private void flood(int count, Burst burst) {
    try {
      for (int i = 0; i < count; i++) {
        burst.send(i);
      }
    } catch (IOException closed) {
      // Ended meanwhile; GOAWAY is there to be read.
    }
  }

  private void assertCalmed(String reason) throws IOException {
    RawHttp2.Frame goaway = attacker.readUntil(f -> f.type() == RawHttp2.GOAWAY);
    assertThat(goaway.number(4)).isEqualTo(ENHANCE_YOUR_CALM);
    assertThat(gateway.audit().awaitContaining("http2-aborted"))
        .contains("\"reason\":\"" + reason + "\"");
    assertThat(
            gateway.metric(
                "gateway_downstream_http2_errors_total",
                "listener=\"https\"",
                "reason=\"" + reason + "\""))
        .isEqualTo(1);
  }

  @Test
  void rapidResets() throws IOException {
    flood(
        40,
        i -> {
          attacker.get(2 * i + 1, "/");
          attacker.send(RawHttp2.RST_STREAM, 0, 2 * i + 1, new byte[] {0, 0, 0, 8});
        });
    assertCalmed("reset_flood");
  }

  @Test
  void streamsThatTheGatewayIsMadeToReset() throws IOException {
    flood(
        40,
        i -> {
          attacker.request(2 * i + 1, "POST", "/", false, Map.of());
          // A window that would overflow (CVE-2025-8671).
          attacker.send(RawHttp2.WINDOW_UPDATE, 0, 2 * i + 1, new byte[] {127, -1, -1, -1});
        });
    assertCalmed("reset_flood");
  }

  @Test
  void settings() throws IOException {
    flood(100, i -> attacker.send(RawHttp2.SETTINGS, 0, 0, new byte[0]));
    assertCalmed("control_flood");
  }

  @Test
  void pings() throws IOException {
    flood(100, i -> attacker.send(RawHttp2.PING, 0, 0, new byte[8]));
    assertCalmed("control_flood");
  }

  @Test
  void priorities() throws IOException {
    flood(100, i -> attacker.send(RawHttp2.PRIORITY, 0, 2 * i + 1, new byte[5]));
    assertCalmed("control_flood");
  }

  @Test
  void framesThatNobodyKnows() throws IOException {
    flood(100, i -> attacker.send(200, 0, 0, new byte[0]));
    assertCalmed("control_flood");
  }

  @Test
  void emptyData() throws IOException {
    attacker.request(1, "POST", "/", false, Map.of());
    flood(30, i -> attacker.send(RawHttp2.DATA, 0, 1, new byte[0]));
    assertCalmed("empty_frame_flood");
  }

  @Test
  void continuationsWithoutEnd() throws IOException {
    attacker.send(RawHttp2.HEADERS, 0, 1, new byte[0]);
    flood(100, i -> attacker.send(RawHttp2.CONTINUATION, 0, 1, new byte[0]));
    assertCalmed("continuation_flood");
  }

  @Test
  void largeContinuationsWithoutEnd() throws IOException {
    ByteBuf field = Unpooled.buffer();
    field.writeByte(0);
    RawHttp2.literal(field, "x");
    RawHttp2.literal(field, "y".repeat(10_000));
    byte[] block = ByteBufUtil.getBytes(field);
    attacker.send(RawHttp2.HEADERS, 0, 1, block);
    flood(50, i -> attacker.send(RawHttp2.CONTINUATION, 0, 1, block));
    assertCalmed("header_flood");
  }

  @Test
  void headersThatUnpackToMoreThanTheySeem() throws IOException {
    ByteBuf block = Unpooled.buffer();
    // A field of 4000 octets goes into the dynamic table, then is named 1000 times, one octet each.
    block.writeByte(0x40);
    RawHttp2.literal(block, "x");
    RawHttp2.literal(block, "y".repeat(4000));
    for (int i = 0; i < 1000; i++) {
      block.writeByte(0x80 | 62);
    }
    byte[] bomb = ByteBufUtil.getBytes(block);
    flood(40, i -> attacker.send(RawHttp2.HEADERS, RawHttp2.END_HEADERS, 2 * i + 1, bomb));
    assertCalmed("reset_flood");
  }

  @Test
  void whatIsWithinTheLimitsPasses() throws IOException {
    flood(40, i -> attacker.send(RawHttp2.PING, 0, 0, new byte[8]));
    attacker.get(1, "/");
    assertThat(attacker.readHead(1).status()).hasToString("200");
  }
}
