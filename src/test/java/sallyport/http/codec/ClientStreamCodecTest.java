package sallyport.http.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.net.Failure;

/** Responses of HTTP/2 backends: those without content are held to it, as over HTTP/1. */
class ClientStreamCodecTest {
  private final EmbeddedChannel channel = new EmbeddedChannel(new ClientStreamCodec(128, Set.of()));

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void answer(int status, @Nullable String length, boolean end) {
    DefaultFullHttpRequest request =
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    request.headers().set("host", "localhost");
    channel.writeOutbound(request);
    Http2Headers head = Http2Fields.newHeaders().status(Integer.toString(status));
    if (length != null) {
      head.add("content-length", length);
    }
    channel.writeInbound(new DefaultHttp2HeadersFrame(head, end));
  }

  private HttpObject next() {
    return Objects.requireNonNull(channel.<HttpObject>readInbound());
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 205})
  void aStatusWithoutContentMayNotAnnounceAny(int status) {
    answer(status, "2", false);
    assertThat(MalformedMessage.in(next())).isEqualTo(Failure.Response.UNEXPECTED_CONTENT);
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 205})
  void aStatusWithoutContentMayNotHaveAny(int status) {
    answer(status, null, false);
    assertThat(MalformedMessage.in(next())).isNull();
    channel.writeInbound(
        new DefaultHttp2DataFrame(
            Unpooled.copiedBuffer("hi", StandardCharsets.US_ASCII), /* endStream= */ true));
    assertThat(MalformedMessage.in(next())).isEqualTo(Failure.Response.CONTENT_LENGTH_MISMATCH);
  }

  @Test
  void anEmptyResetPasses() {
    answer(205, "0", true);
    assertThat(((HttpResponse) next()).status().code()).isEqualTo(205);
    assertThat(next()).isInstanceOf(LastHttpContent.class);
  }
}
