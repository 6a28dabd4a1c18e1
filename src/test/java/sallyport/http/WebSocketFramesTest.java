package sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Places between frames, in whatever pieces the octets come (RFC 6455 section 5.2). */
class WebSocketFramesTest {
  private static final int BINARY = 0x82;
  private static final int CLOSE = 0x88;

  private final WebSocketFrames frames = new WebSocketFrames();

  private static ByteBuf frame(int first, int length, boolean masked) {
    int mask = masked ? 0x80 : 0;
    ByteBuf frame = Unpooled.buffer().writeByte(first);
    if (length < 126) {
      frame.writeByte(mask | length);
    } else if (length < 65_536) {
      frame.writeByte(mask | 126).writeShort(length);
    } else {
      frame.writeByte(mask | 127).writeLong(length);
    }
    return frame.writeBytes(new byte[(masked ? 4 : 0) + length]);
  }

  @Test
  void aConnectionBeginsBetweenTwoFrames() {
    assertThat(frames.isBetween()).isTrue();
    assertThat(frames.isClosed()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 125, 126, 127, 65_535, 65_536, 70_000})
  void aFrameEndsWithItsLastOctet(int length) {
    for (boolean masked : new boolean[] {false, true}) {
      ByteBuf frame = frame(BINARY, length, masked);
      while (frame.readableBytes() > 1) {
        frames.pass(frame.readSlice(1));
        assertThat(frames.isBetween()).as("%d octets left", frame.readableBytes()).isFalse();
      }
      frames.pass(frame);
      assertThat(frames.isBetween()).isTrue();
    }
    assertThat(frames.isClosed()).isFalse();
  }

  @Test
  void thePiecesOfTheOctetsMakeNoDifference() {
    Random random = new Random(17);
    for (int round = 0; round < 200; round++) {
      ByteBuf octets = Unpooled.buffer();
      for (int i = 0; i < 10; i++) {
        octets.writeBytes(frame(BINARY, random.nextInt(300), random.nextBoolean()));
      }
      int behind = random.nextInt(1, 100);
      octets.writeBytes(frame(BINARY, 200, false).slice(0, behind));
      while (octets.isReadable()) {
        frames.pass(octets.readSlice(random.nextInt(1, Math.min(40, octets.readableBytes()) + 1)));
      }
      assertThat(frames.isBetween()).isFalse();
      ByteBuf rest = frame(BINARY, 200, false).skipBytes(behind);
      int left = rest.readableBytes();
      rest = Unpooled.wrappedBuffer(rest, frame(BINARY, 5, false));
      assertThat(frames.passToEnd(rest)).isEqualTo(left);
      assertThat(frames.isBetween()).isTrue();
    }
  }

  @Test
  void betweenTwoFramesNothingPassesAnyMore() {
    assertThat(frames.passToEnd(frame(BINARY, 5, false))).isZero();
  }

  @Test
  void aCloseFrameIsNoted() {
    ByteBuf close = frame(CLOSE, 2, false);
    frames.pass(close.readSlice(1));
    assertThat(frames.isClosed()).isFalse();
    frames.pass(close.readSlice(1));
    assertThat(frames.isClosed()).isTrue();
    assertThat(frames.isBetween()).isFalse();
  }

  @Test
  void anImpossibleLengthHasNoEnd() {
    ByteBuf head = Unpooled.buffer().writeByte(BINARY).writeByte(127).writeLong(-1);
    frames.pass(head);
    frames.pass(Unpooled.wrappedBuffer(new byte[100_000]));
    assertThat(frames.isBetween()).isFalse();
  }
}
