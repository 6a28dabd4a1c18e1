package sallyport.connect.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sallyport.connect.stream.ResponseListener;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.h1.ResponseDecoder;
import sallyport.net.Failure;
import sallyport.net.SecureLayer;
import sallyport.net.TlsFacts;

/** How one exchange ends. */
class Http1ConnectionTest {
  private static final long LONG = Duration.ofDays(1).toNanos();

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<String> heard = new ArrayList<>();

  private Http1Connection exchange(boolean authenticatedEnd, boolean webSocket) {
    ResponseDecoder decoder = new ResponseDecoder(HttpLimits.ofBackend(128));
    Http1Connection connection =
        new Http1Connection(
            channel,
            authenticatedEnd,
            /* pool= */ null,
            new Lifetime(0, System.nanoTime() + LONG, LONG, System.nanoTime() + LONG),
            decoder,
            fault -> Failure.Upstream.TLS_HANDSHAKE);
    channel.pipeline().addLast(decoder, connection);
    connection.begin(new Heard(), HttpMethod.GET, webSocket);
    return connection;
  }

  private void receive(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private void endWithTheConnection(boolean authenticatedEnd) {
    exchange(authenticatedEnd, /* webSocket= */ false);
    receive("HTTP/1.1 200 OK\r\n\r\nabc");
    channel.close();
    channel.runPendingTasks();
  }

  @Test
  void anEndThatIsNotAnnouncedIsACut() {
    endWithTheConnection(/* authenticatedEnd= */ true);
    assertThat(heard).containsExactly("200", "abc", "closed_during_response no_close_notify");
  }

  /** There it cannot be announced, and nobody is in between. */
  @Test
  void withoutAnAuthenticatedEndTheCloseIsTheEnd() {
    endWithTheConnection(/* authenticatedEnd= */ false);
    assertThat(heard).containsExactly("200", "abc", "end");
  }

  @Test
  void theEndOfATunnelIsAnnouncedBySecurity() {
    SecureLayer.set(
        channel,
        new SecureLayer() {
          @Override
          public void endOutbound() {
            heard.add("announced");
          }

          @Override
          public TlsFacts facts() {
            return TlsFacts.NONE;
          }

          @Override
          public void truncate() {
            heard.add("truncated");
          }
        });
    Http1Connection connection = exchange(/* authenticatedEnd= */ true, /* webSocket= */ true);
    receive(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
    assertThat(heard).containsExactly("101");
    connection.write(LastHttpContent.EMPTY_LAST_CONTENT);
    assertThat(heard).containsExactly("101", "announced");
    assertThat(channel.isOpen()).isTrue();
  }

  private final class Heard implements ResponseListener {
    @Override
    public void onInterim(HttpResponse response) {
      heard.add("interim");
    }

    @Override
    public void onHead(HttpResponse response) {
      heard.add(response.status().codeAsText().toString());
    }

    @Override
    public void onContent(HttpContent content) {
      heard.add(content.content().toString(StandardCharsets.US_ASCII));
      content.release();
    }

    @Override
    public void onEnd(LastHttpContent last) {
      heard.add("end");
      last.release();
    }

    @Override
    public void onReadComplete() {}

    @Override
    public void onWritable() {}

    @Override
    public boolean awaitsBackend() {
      return true;
    }

    @Override
    public void onFailure(Failure.Upstream failure, Failure.@Nullable Response fault) {
      heard.add(failure.flag() + (fault == null ? "" : " " + fault.flag()));
    }
  }
}
