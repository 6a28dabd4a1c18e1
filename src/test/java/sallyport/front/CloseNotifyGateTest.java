package sallyport.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CloseNotifyGateTest {
  private static final int DATA = 0x17;

  private final AtomicBoolean answering = new AtomicBoolean(true);
  private final CloseNotifyGate gate = new CloseNotifyGate();
  private final EmbeddedChannel channel = new EmbeddedChannel(gate);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private static ByteBuf record(int type, int length) {
    return Unpooled.buffer()
        .writeByte(type)
        .writeShort(0x0303)
        .writeShort(length)
        .writeZero(length);
  }

  /** How many octets have come through. */
  private int passed() {
    int sum = 0;
    ByteBuf piece;
    while ((piece = channel.readInbound()) != null) {
      sum += piece.readableBytes();
      piece.release();
    }
    return sum;
  }

  @ParameterizedTest
  @CsvSource({
    "0x17, 19, TLS 1.3",
    "0x17, 35, padded by the JDK",
    "0x15, 26, TLS 1.2 with AES-GCM",
    "0x15, 18, TLS 1.2 with ChaCha20"
  })
  void anAlertWaitsForTheAnswer(int type, int length, String kind) {
    gate.holdWhile(answering::get, /* padded= */ true);
    channel.writeInbound(record(type, length));
    assertThat(passed()).as(kind).isZero();
    channel.flush();
    channel.runPendingTasks();
    assertThat(passed()).as("still answering").isZero();
    answering.set(false);
    channel.flush();
    channel.runPendingTasks();
    assertThat(passed()).isEqualTo(5 + length);
  }

  @Test
  void whatComesWithItGoesOn() {
    gate.holdWhile(answering::get, /* padded= */ true);
    channel.writeInbound(Unpooled.wrappedBuffer(record(DATA, 100), record(DATA, 19)));
    assertThat(passed()).isEqualTo(5 + 100);
  }

  @Test
  void itGoesOnWhenMoreFollows() {
    gate.holdWhile(answering::get, /* padded= */ true);
    channel.writeInbound(record(DATA, 19));
    assertThat(passed()).isZero();
    channel.writeInbound(record(DATA, 40));
    assertThat(passed()).isEqualTo(5 + 19 + 5 + 40);
  }

  @Test
  void itGoesOnWhereTheClientIsAwaited() {
    gate.holdWhile(() -> false, /* padded= */ true);
    channel.writeInbound(record(DATA, 19));
    assertThat(passed()).isEqualTo(5 + 19);
  }

  @Test
  void whatMayBeAnHttp2RequestGoesOn() {
    gate.holdWhile(answering::get, /* padded= */ false);
    channel.writeInbound(record(DATA, 35));
    assertThat(passed()).isEqualTo(5 + 35);
  }

  @Test
  void aConnectionThatClosesLosesNothing() {
    gate.holdWhile(answering::get, /* padded= */ true);
    ByteBuf alert = record(DATA, 19);
    channel.writeInbound(alert);
    channel.close();
    assertThat(alert.refCnt()).isZero();
  }
}
