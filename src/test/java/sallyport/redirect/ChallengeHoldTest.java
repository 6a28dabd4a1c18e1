package sallyport.redirect;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.listener.PaceConfig;
import sallyport.net.transport.MinimumRate;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.route.RouteTable;
import sallyport.testkit.Parsed;
import sallyport.testkit.Setup;

/** One plain connection whose challenges may be known to another replica. */
class ChallengeHoldTest {
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<String> asked = new ArrayList<>();
  private final List<CompletableFuture<Void>> looks = new ArrayList<>();

  @BeforeEach
  void connect() {
    ChallengeAnswers answers =
        new ChallengeAnswers() {
          @Override
          public @Nullable String answer(String host, String token) {
            return null;
          }

          @Override
          public @Nullable CompletionStage<Void> look(String host, String token) {
            asked.add(host + " " + token);
            if (token.equals("own")) {
              return null;
            }
            looks.add(new CompletableFuture<>());
            return looks.getLast();
          }
        };
    Setup setup = Setup.to("127.0.0.1:1");
    channel
        .pipeline()
        .addLast(
            new ChallengeHold(
                new Redirection(
                    "http",
                    new RouteTable(Parsed.of(setup).routes()),
                    8443,
                    answers,
                    MinimumRate.perLoop(
                        List.of(channel.eventLoop()),
                        new PaceConfig(240, 240, Duration.ofSeconds(10)),
                        Duration.ofSeconds(30)),
                    metrics.downstream("http"),
                    exchange -> {},
                    event -> {})));
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    metrics.close();
  }

  private void get(String path) {
    HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, path);
    request.headers().set(HttpHeaderNames.HOST, "Portal.test:80");
    channel.writeInbound(request, LastHttpContent.EMPTY_LAST_CONTENT);
  }

  private List<String> passed() {
    List<String> passed = new ArrayList<>();
    for (Object each = channel.readInbound(); each != null; each = channel.readInbound()) {
      passed.add(each instanceof HttpRequest request ? request.uri() : "end");
    }
    return passed;
  }

  private void end(int look) {
    looks.get(look).complete(null);
    channel.runPendingTasks();
  }

  @ParameterizedTest
  @CsvSource({
    "/",
    "/.well-known/",
    "/.well-known/acme-challenge",
    "/.well-known/acme-challenge/own"
  })
  void whatNeedsNoLookPassesAtOnce(String path) {
    get(path);
    assertThat(passed()).containsExactly(path, "end");
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void aChallengeWaitsForItsLookAndNothingIsReadMeanwhile() {
    get("/.well-known/acme-challenge/t");
    assertThat(asked).containsExactly("portal.test t");
    assertThat(passed()).isEmpty();
    assertThat(channel.config().isAutoRead()).isFalse();
    end(0);
    assertThat(passed()).containsExactly("/.well-known/acme-challenge/t", "end");
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void requestsBehindItStayInOrder() {
    get("/.well-known/acme-challenge/a");
    get("/between");
    get("/.well-known/acme-challenge/b");
    get("/last");
    end(0);
    assertThat(passed()).containsExactly("/.well-known/acme-challenge/a", "end", "/between", "end");
    assertThat(channel.config().isAutoRead()).isFalse();
    end(1);
    assertThat(passed()).containsExactly("/.well-known/acme-challenge/b", "end", "/last", "end");
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void whatIsHeldWhenTheConnectionEndsIsReleased() {
    get("/.well-known/acme-challenge/t");
    HttpContent body = new DefaultHttpContent(Unpooled.buffer().writeZero(10));
    channel.writeInbound(body);
    channel.close();
    channel.runPendingTasks();
    assertThat(body.refCnt()).isZero();
    end(0);
    assertThat(passed()).isEmpty();
  }

  @Test
  void aClientThatSendsALotAheadIsCut() {
    get("/.well-known/acme-challenge/t");
    for (int i = 0; i < 1000 && channel.isOpen(); i++) {
      get("/" + i);
    }
    assertThat(channel.isOpen()).isFalse();
  }
}
