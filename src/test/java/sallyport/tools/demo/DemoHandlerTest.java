package sallyport.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DemoHandlerTest {
  @Test
  void aHeadThatIsTooLargeIsAnsweredAtOnce() {
    EmbeddedChannel channel =
        new EmbeddedChannel(new HttpServerCodec(4096, 8192, 8192), new DemoHandler());
    String head = "GET /hello HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(9000) + "\r\n\r\n";
    channel.writeInbound(Unpooled.copiedBuffer(head, StandardCharsets.US_ASCII));
    ByteBuf answer = channel.readOutbound();
    assertThat(answer.toString(StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 400 ");
    answer.release();
    assertThat(channel.isActive()).isFalse();
    channel.finishAndReleaseAll();
  }
}
