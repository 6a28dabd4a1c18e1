package sallyport.http.codec.h1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.http.codec.HttpLimits;

/** What the answers say of the bytes that follow the requests. */
class Http1ServerCodecTest {
  private final EmbeddedChannel channel =
      new EmbeddedChannel(new Http1ServerCodec(HttpLimits.ofBackend(128), FieldNames.REJECT));

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void read(String bytes) {
    channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1));
  }

  private static String get(String path) {
    return "GET /" + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }

  /** What came out: targets of requests, contents of bodies. */
  private List<String> seen() {
    List<String> seen = new ArrayList<>();
    Object part;
    while ((part = channel.readInbound()) != null) {
      if (part instanceof HttpRequest request) {
        seen.add(request.uri());
      } else if (part instanceof HttpContent content && content.content().isReadable()) {
        seen.add(content.content().toString(StandardCharsets.ISO_8859_1));
      }
      ReferenceCountUtil.release(part);
    }
    return seen;
  }

  private void answer(int status, String... connection) {
    HttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
    response.headers().set("content-length", "0");
    for (String option : connection) {
      response.headers().add("connection", option);
    }
    channel.writeOutbound(response);
    channel.releaseOutbound();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: x, Close\r\n\r\n",
        "GET /a HTTP/1.0\r\nHost: localhost\r\n\r\n"
      })
  void nothingIsReadBehindARequestThatDoesNotKeepTheConnection(String request) {
    read(request + get("b") + "\0\0\0");
    read(get("c"));
    assertThat(seen()).containsExactly("/a");
  }

  @Test
  void theBodyOfTheLastRequestIsReadToItsEnd() {
    read("POST /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbo");
    read("dy" + get("b"));
    assertThat(seen()).containsExactly("/a", "bo", "dy");
  }

  @Test
  void anOldClientThatKeepsTheConnectionIsReadOn() {
    read("GET /a HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n" + get("b"));
    assertThat(seen()).containsExactly("/a", "/b");
  }

  @Test
  void nothingIsReadOnceAnAnswerHasEndedTheConnection() {
    read("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbo");
    assertThat(seen()).containsExactly("/a", "bo");
    answer(413, "close");
    ByteBuf rest = Unpooled.copiedBuffer("dy" + get("b") + "\0", StandardCharsets.ISO_8859_1);
    channel.writeInbound(rest);
    assertThat(channel.<Object>readInbound()).isNull();
    assertThat(rest.refCnt()).isZero();
  }

  @Test
  void aBodyIsReadWhileTheLastAnswerIsStillBeingWritten() {
    read("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbo");
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers().set("connection", "close").set("content-length", "0");
    channel.writeOutbound(head);
    read("d");
    assertThat(seen()).containsExactly("/a", "bo", "d");
    channel.writeOutbound(LastHttpContent.EMPTY_LAST_CONTENT);
    channel.releaseOutbound();
    read("y" + get("b"));
    assertThat(seen()).isEmpty();
  }

  @Test
  void anAnswerThatKeepsTheConnectionLetsTheNextRequestBeRead() {
    read(get("a"));
    answer(200);
    read(get("b"));
    assertThat(seen()).containsExactly("/a", "/b");
  }

  private static final String UPGRADE =
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

  @Test
  void anAnswerToAnEarlierRequestSaysNothingOfAnUpgradeBehindIt() {
    read(get("a") + get("b") + UPGRADE + "tunnel");
    assertThat(seen()).containsExactly("/a", "/b", "/ws");
    answer(200);
    answer(404);
    read("led");
    assertThat(seen()).isEmpty();
    answer(101, "Upgrade");
    channel.runPendingTasks();
    assertThat(seen()).containsExactly("tunnelled");
  }

  @Test
  void whatFollowsAnUpgradeThatWasRefusedIsNotRead() {
    read(get("a") + UPGRADE + "tunnel");
    answer(200);
    answer(200, "close");
    read(get("b"));
    assertThat(seen()).containsExactly("/a", "/ws");
  }
}
