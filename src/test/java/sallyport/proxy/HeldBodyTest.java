package sallyport.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.net.Failure;
import sallyport.net.admission.BufferMemory;
import sallyport.observe.access.ExchangeLog;
import sallyport.testkit.Backends;
import sallyport.testkit.FakeClientStream;
import sallyport.testkit.ProxyFixture;
import sallyport.values.ClientAddress;

/** Bodies that are held until they are whole, between two fake streams. */
class HeldBodyTest {
  private final ProxyFixture proxy =
      new ProxyFixture(
          Backends.gateway("buffer-requests = 8B, max-body = 1MiB", "endpoints = [ \"a:1\" ]"));
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final FakeHttpStream client = new FakeHttpStream(channel.eventLoop());
  private final FakeClientStream upstream = new FakeClientStream();
  private final ExchangeLog log =
      new ExchangeLog("https", ClientAddress.direct(ProxyFixture.CLIENT), "", "");
  private final List<ByteBuf> buffers = new ArrayList<>();

  @AfterEach
  void nothingIsLeftBehind() {
    assertThat(buffers).allSatisfy(buffer -> assertThat(buffer.refCnt()).isZero());
    assertThat(proxy.transport.cluster().requests()).isZero();
  }

  private Exchange post(@Nullable String length) {
    DefaultHttpRequest request =
        new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/x");
    if (length == null) {
      request.headers().set("Transfer-Encoding", "chunked");
    } else {
      request.headers().set("Content-Length", length);
    }
    Exchange made =
        new Exchange(
            client,
            proxy.context(channel.eventLoop()),
            proxy.target(),
            log,
            request,
            /* key= */ null,
            /* preferred= */ null,
            /* bodyless= */ false,
            ProxyFixture.needs(false, false));
    proxy.transport.idle.add(upstream);
    made.start();
    return made;
  }

  private ByteBuf bytes(String text) {
    ByteBuf buffer = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    buffers.add(buffer);
    return buffer;
  }

  private void send(Exchange exchange, String text) {
    exchange.onRequestContent(new DefaultHttpContent(bytes(text)));
  }

  private void end(Exchange exchange, String text) {
    exchange.onRequestContent(new DefaultLastHttpContent(bytes(text)));
  }

  @Test
  void aWholeBodyIsSentAtOnce() {
    Exchange exchange = post(null);
    send(exchange, "ab");
    send(exchange, "c");
    assertThat(upstream.sent).isEmpty();
    assertThat(exchange.awaitsClient()).isTrue();
    // A small piece keeps no buffer that others are read into.
    assertThat(buffers).allSatisfy(buffer -> assertThat(buffer.refCnt()).isZero());
    end(exchange, "defgh");
    assertThat(upstream.sent).containsExactly("POST /x", "end abcdefgh");
    exchange.onClientClosed();
  }

  @Test
  void aBodyOverTheLimitIsRefused() {
    Exchange exchange = post(null);
    send(exchange, "abcdefgh");
    send(exchange, "i");
    assertThat(log.failure).isEqualTo(Failure.Client.BODY_TOO_LARGE);
    assertThat(log.setting).isEqualTo("routes[0].buffer-requests = 8B");
    assertThat(upstream.sent).isEmpty();
  }

  @Test
  void aBodyWithALengthIsNotHeld() {
    Exchange exchange = post("20");
    send(exchange, "a piece of it");
    assertThat(upstream.sent).containsExactly("POST /x", "body a piece of it");
    exchange.onClientClosed();
  }

  @Test
  void nothingIsHeldWhereMemoryIsUsedUp() {
    proxy.memory = new BufferMemory(1);
    // Something is held by buffers, so that they are over this limit.
    ByteBuf other = ByteBufAllocator.DEFAULT.directBuffer();
    try {
      Exchange exchange = post(null);
      send(exchange, "ab");
      assertThat(log.failure).isEqualTo(Failure.Gateway.OUT_OF_MEMORY);
      assertThat(upstream.sent).isEmpty();
    } finally {
      other.release();
    }
  }

  @Test
  void aClientThatLeavesReleasesWhatIsHeld() {
    Exchange exchange = post(null);
    send(exchange, "ab");
    exchange.onClientClosed();
    assertThat(log.failure).isEqualTo(Failure.Client.CLIENT_CLOSED);
    assertThat(upstream.sent).isEmpty();
  }
}
