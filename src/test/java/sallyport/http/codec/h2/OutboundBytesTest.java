package sallyport.http.codec.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When one stream of many takes more. */
class OutboundBytesTest {
  private static final int HIGH = 64 * 1024;
  private static final int LOW = 32 * 1024;

  private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
  private final AtomicInteger heard = new AtomicInteger();
  private final OutboundBytes bytes =
      new OutboundBytes(
          Objects.requireNonNull(channel.pipeline().firstContext()), heard::incrementAndGet);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void aStreamTakesNoMoreFromTheHighMarkUntilBelowTheLowOne() {
    ChannelPromise first = bytes.written(HIGH - LOW);
    assertThat(bytes.isWritable()).isTrue();
    ChannelPromise second = bytes.written(1);
    ChannelPromise third = bytes.written(LOW - 1);
    assertThat(bytes.isWritable()).isFalse();
    first.setSuccess();
    assertThat(bytes.pending()).isEqualTo(LOW);
    assertThat(heard).as("not below it").hasValue(0);
    second.setSuccess();
    assertThat(heard).hasValue(1);
    assertThat(bytes.isWritable()).isTrue();
    third.setSuccess();
    assertThat(heard).as("once").hasValue(1);
  }

  @Test
  void thoseWhoHaveNotAskedAreNotTold() {
    bytes.written(HIGH).setSuccess();
    assertThat(heard).hasValue(0);
  }

  @Test
  void whatCouldNotBeWrittenDoesNotWait() {
    ChannelPromise promise = bytes.written(HIGH);
    assertThat(bytes.isWritable()).isFalse();
    promise.setFailure(new ClosedChannelException());
    assertThat(bytes.pending()).isZero();
    assertThat(heard).hasValue(1);
  }

  @Test
  void aStreamWaitsForItsConnectionToo() {
    channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 2));
    channel.write(Unpooled.copyLong(1));
    assertThat(bytes.isWritable()).isFalse();
    bytes.checkWritable();
    assertThat(heard).hasValue(0);
    channel.flush();
    bytes.checkWritable();
    assertThat(heard).hasValue(1);
  }

  @Test
  void countsWhatTheSocketHasTaken() {
    bytes.written(10).setSuccess();
    bytes.written(5);
    bytes.written(0);
    assertThat(bytes.taken()).isEqualTo(10);
    assertThat(bytes.pending()).isEqualTo(5);
  }
}
