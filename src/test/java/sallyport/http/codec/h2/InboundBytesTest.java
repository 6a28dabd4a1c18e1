package sallyport.http.codec.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What returns to the window of one stream, and when. */
class InboundBytesTest {
  private static final int WINDOW = 65_535;
  private static final int MORE_THAN_HALF = 40_000;

  private final Http2ConnectionHandler codec =
      new Http2ConnectionHandlerBuilder()
          .server(false)
          .frameListener(new Http2EventAdapter())
          .build();
  private final Http2Connection connection = codec.connection();
  private final EmbeddedChannel channel = new EmbeddedChannel(codec);
  private final InboundBytes bytes = new InboundBytes(connection);
  private Http2Stream stream = connection.connectionStream();

  @BeforeEach
  void open() throws Http2Exception {
    stream = connection.local().createStream(3, /* halfClosed= */ false);
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private int receive(int octets) throws Http2Exception {
    ByteBuf data = Unpooled.buffer().writeZero(octets);
    connection.local().flowController().receiveFlowControlledFrame(stream, data, 0, false);
    data.release();
    return bytes.received(octets);
  }

  private int window() {
    return connection.local().flowController().windowSize(stream);
  }

  @Test
  void octetsReturnAsTheyComeWhileTheReaderReads() throws Http2Exception {
    bytes.of(stream);
    assertThat(bytes.isReading()).isTrue();
    assertThat(receive(MORE_THAN_HALF)).isEqualTo(MORE_THAN_HALF);
    assertThat(bytes.setReading(true)).as("there is nothing to return").isFalse();
  }

  @Test
  void octetsAreKeptWhileTheReaderPausesAndReturnTogether() throws Http2Exception {
    bytes.of(stream);
    assertThat(bytes.setReading(false)).isFalse();
    assertThat(bytes.isReading()).isFalse();
    assertThat(receive(MORE_THAN_HALF / 2)).isZero();
    assertThat(receive(MORE_THAN_HALF / 2)).isZero();
    assertThat(window()).isEqualTo(WINDOW - MORE_THAN_HALF);
    assertThat(bytes.setReading(true)).as("a frame was written").isTrue();
    assertThat(window()).isEqualTo(WINDOW);
    assertThat(bytes.setReading(true)).as("once").isFalse();
  }

  @Test
  void aStreamThatIsNotOpenHasNoWindow() {
    bytes.setReading(false);
    bytes.received(MORE_THAN_HALF);
    assertThat(bytes.setReading(true)).isFalse();
  }

  @Test
  void nothingReturnsToAStreamThatHasEnded() throws Http2Exception {
    bytes.of(stream);
    bytes.setReading(false);
    receive(MORE_THAN_HALF);
    stream.close();
    assertThat(bytes.setReading(true)).isFalse();
  }
}
