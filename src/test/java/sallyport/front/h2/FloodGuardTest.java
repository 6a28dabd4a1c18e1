package sallyport.front.h2;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import sallyport.config.http.Http2Config.Floods;

/** Resets by a clock that stands: three are allowed in 10 s. */
class FloodGuardTest {
  private static final Floods FLOODS = new Floods(Duration.ofSeconds(10), 3, 10, 10);

  private final Http2Connection connection = new DefaultHttp2Connection(/* server= */ true);
  private long now = Long.MAX_VALUE - 5;
  private final FloodGuard guard =
      new FloodGuard(
          new DefaultHttp2ConnectionDecoder(
              connection,
              new DefaultHttp2ConnectionEncoder(connection, new DefaultHttp2FrameWriter()),
              new DefaultHttp2FrameReader()),
          FLOODS,
          () -> now);

  private void resets(int number) throws Http2Exception {
    for (int i = 0; i < number; i++) {
      guard.streamError();
    }
  }

  private void pass(long seconds) {
    now += TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void asManyAsAllowedPass() throws Http2Exception {
    resets(3);
  }

  @Test
  void oneMoreWithinTheWindowIsAFlood() throws Http2Exception {
    resets(3);
    pass(9);
    assertThatThrownBy(() -> resets(1))
        .isInstanceOf(FloodGuard.Flood.class)
        .hasMessage("reset_flood");
  }

  @Test
  void theCountBeginsAgainWhenTheWindowIsOver() throws Http2Exception {
    resets(3);
    pass(10);
    resets(4);
    pass(9);
    assertThatThrownBy(() -> resets(1)).isInstanceOf(FloodGuard.Flood.class);
  }
}
