package sallyport.http.codec.h1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.MalformedMessage;
import sallyport.net.Failure;

/** The rows of {@code http1-responses.table} end with the connection; here it stays open. */
class ResponseDecoderTest {
  private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  private final ResponseDecoder decoder = new ResponseDecoder(HttpLimits.ofBackend(128));
  private final EmbeddedChannel channel = new EmbeddedChannel(decoder);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void read(String bytes) {
    ByteBuf buffer = Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1);
    channel.writeInbound(buffer);
  }

  private @Nullable HttpObject next() {
    return channel.readInbound();
  }

  private void assertUnasked() {
    assertThat(MalformedMessage.in(Objects.requireNonNull(next())))
        .isEqualTo(Failure.Response.UNASKED_RESPONSE);
  }

  @Test
  void anOctetBehindAResponseIsMalformed() {
    decoder.expect(HttpMethod.GET, false);
    read(RESPONSE + "H");
    assertThat(next()).isNotNull();
    assertThat(next()).isInstanceOf(LastHttpContent.class);
    assertUnasked();
  }

  @Test
  void anOctetBeforeAnyRequestIsMalformed() {
    read("\r");
    assertUnasked();
  }

  @Test
  void eachRequestAwaitsOneResponse() {
    for (int i = 0; i < 2; i++) {
      decoder.expect(HttpMethod.GET, false);
      read(RESPONSE);
      assertThat(next()).matches(part -> part.decoderResult().isSuccess());
      assertThat(next()).isInstanceOf(LastHttpContent.class);
    }
    assertThat(next()).isNull();
  }
}
