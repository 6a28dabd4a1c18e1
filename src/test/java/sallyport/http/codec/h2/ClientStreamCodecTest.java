package sallyport.http.codec.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.http.codec.MalformedMessage;
import sallyport.net.Failure;

/** Responses of HTTP/2 backends: those without content are held to it, as over HTTP/1. */
class ClientStreamCodecTest {
  private final ArrayDeque<HttpObject> received = new ArrayDeque<>();
  private final ClientStreamCodec codec =
      new ClientStreamCodec(
          new StreamCodec.Stream() {
            @Override
            public void receive(HttpObject part) {
              received.add(part);
            }

            @Override
            public void sendHeaders(Http2Headers headers, boolean last) {}

            @Override
            public void sendData(ByteBuf data, boolean last) {
              data.release();
            }
          },
          128,
          Set.of());

  @AfterEach
  void release() {
    received.forEach(ReferenceCountUtil::release);
  }

  private void answer(int status, @Nullable String length, boolean end) {
    DefaultFullHttpRequest request =
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    request.headers().set("host", "localhost");
    codec.write(request);
    Http2Headers head =
        new DefaultHttp2Headers(/* validate= */ false).status(Integer.toString(status));
    if (length != null) {
      head.add("content-length", length);
    }
    codec.onHeaders(head, end);
  }

  private HttpObject next() {
    return Objects.requireNonNull(received.poll());
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
    codec.onData(Unpooled.copiedBuffer("hi", StandardCharsets.US_ASCII), /* last= */ true);
    assertThat(MalformedMessage.in(next())).isEqualTo(Failure.Response.CONTENT_LENGTH_MISMATCH);
  }

  @Test
  void anEmptyResetPasses() {
    answer(205, "0", true);
    assertThat(((HttpResponse) next()).status().code()).isEqualTo(205);
    assertThat(next()).isInstanceOf(LastHttpContent.class);
  }
}
