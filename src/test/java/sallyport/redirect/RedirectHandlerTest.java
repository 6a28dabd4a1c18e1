package sallyport.redirect;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.listener.PaceConfig;
import sallyport.http.forwarded.ForwardedFor;
import sallyport.net.ConnectionEvent;
import sallyport.net.Failure;
import sallyport.net.Peers;
import sallyport.net.transport.MinimumRate;
import sallyport.observe.access.ExchangeLog;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.route.RouteTable;
import sallyport.testkit.Parsed;
import sallyport.testkit.Setup;

/** One plain connection to a gateway whose TLS is at 8443, by a clock that stands. */
class RedirectHandlerTest {
  private final List<ExchangeLog> logged = new ArrayList<>();
  private final List<AuditEvent> audited = new ArrayList<>();
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final EmbeddedChannel channel = new EmbeddedChannel();

  @BeforeEach
  void connect() {
    channel.freezeTime();
    Setup setup = Setup.to("127.0.0.1:1").routes("{ host = portal.test, backend = app }");
    Redirection redirection =
        new Redirection(
            "http",
            new RouteTable(Parsed.of(setup).routes()),
            8443,
            (host, token) -> token.equals("promised") ? host + " proven" : null,
            MinimumRate.perLoop(
                List.of(channel.eventLoop()),
                new PaceConfig(240, 240, Duration.ofSeconds(10)),
                Duration.ofSeconds(30)),
            metrics.downstream("http"),
            logged::add,
            audited::add);
    channel
        .pipeline()
        .addLast(
            new RedirectHandler(
                redirection,
                new ForwardedFor(
                    new Peers(
                        new InetSocketAddress("192.0.2.1", 1),
                        new InetSocketAddress("192.0.2.2", 80),
                        null),
                    any -> false)));
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    metrics.close();
  }

  private static HttpRequest request(HttpMethod method, String target, String host) {
    HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, target);
    request.headers().set(HttpHeaderNames.HOST, host);
    return request;
  }

  private FullHttpResponse answer(HttpRequest request) {
    channel.writeInbound(request);
    return Objects.requireNonNull(channel.readOutbound());
  }

  @ParameterizedTest
  @CsvSource({"GET, 301", "HEAD, 301", "POST, 308", "DELETE, 308"})
  void theMethodStaysAndTheTargetMovesToTls(String method, int status) {
    FullHttpResponse response =
        answer(request(HttpMethod.valueOf(method), "/a?b=c", "portal.test:8080"));
    assertThat(response.status().code()).isEqualTo(status);
    assertThat(response.headers().get(HttpHeaderNames.LOCATION))
        .isEqualTo("https://portal.test:8443/a?b=c");
    assertThat(response.headers().contains("strict-transport-security")).isFalse();
    assertThat(logged).singleElement().satisfies(e -> assertThat(e.status).isEqualTo(status));
    response.release();
  }

  @ParameterizedTest
  @CsvSource({
    "/, other.test, 404",
    "/, bad host, 400",
    "/a%2Fb/../c, portal.test, 400",
    "*, portal.test, 400",
    "/a%20b, portal.test, 301"
  })
  void onlyHostsThatAreServedAreRedirectedTo(String target, String host, int status) {
    FullHttpResponse response = answer(request(HttpMethod.GET, target, host));
    assertThat(response.status().code()).isEqualTo(status);
    assertThat(response.headers().contains(HttpHeaderNames.LOCATION)).isEqualTo(status == 301);
    response.release();
  }

  @ParameterizedTest
  @CsvSource({"GET, promised, 200", "POST, promised, 405", "GET, unknown, 404"})
  void anAuthorityIsAnsweredWhatItWasPromised(String method, String token, int status) {
    FullHttpResponse response =
        answer(
            request(
                HttpMethod.valueOf(method), "/.well-known/acme-challenge/" + token, "portal.test"));
    assertThat(response.status().code()).isEqualTo(status);
    assertThat(response.headers().contains(HttpHeaderNames.LOCATION)).isFalse();
    assertThat(response.headers().get(HttpHeaderNames.ALLOW))
        .isEqualTo(status == 405 ? "GET, HEAD" : null);
    response.release();
  }

  /** As at a listener that forwards. */
  @ParameterizedTest
  @CsvSource({
    "/, bad host, 400, close",
    "/a/../c, portal.test, 400, close",
    "/.well-known/acme-challenge/promised, portal.test, 405, close",
    "/, other.test, 404,"
  })
  void aRequestThatIsRefusedForWhatItIsEndsTheConnection(
      String target, String host, int status, String connection) {
    FullHttpResponse response = answer(request(HttpMethod.POST, target, host));
    assertThat(response.status().code()).isEqualTo(status);
    assertThat(response.headers().get(HttpHeaderNames.CONNECTION)).isEqualTo(connection);
    response.release();
  }

  @Test
  void aRefusalIsLoggedWithTheHostAndThePath() {
    answer(request(HttpMethod.GET, "/x?y", "other.test")).release();
    assertThat(logged)
        .singleElement()
        .satisfies(
            e -> {
              assertThat(e.failure).isEqualTo(Failure.Gateway.NO_ROUTE);
              assertThat(e.host).isEqualTo("other.test");
              assertThat(e.path).isEqualTo("/x");
              assertThat(e.query).isEqualTo("y");
            });
  }

  @Test
  void aBodyThatCameInThePlainIsAuditedAndEndsTheConnection() {
    HttpRequest request = request(HttpMethod.POST, "/", "portal.test");
    request.headers().set(HttpHeaderNames.CONTENT_LENGTH, 5);
    FullHttpResponse response = answer(request);
    assertThat(response.headers().get(HttpHeaderNames.CONNECTION)).isEqualTo("close");
    assertThat(audited).singleElement().isInstanceOf(AuditEvent.PlainBody.class);
    response.release();
  }

  @Test
  void afterATimeoutTheAnswerIs408AndNoRequestFollows() {
    channel.pipeline().fireUserEventTriggered(Failure.Client.HEADER_TIMEOUT);
    FullHttpResponse response = Objects.requireNonNull(channel.readOutbound());
    assertThat(response.status().code()).isEqualTo(408);
    assertThat(logged)
        .singleElement()
        .satisfies(
            e -> {
              assertThat(e.status).isEqualTo(408);
              assertThat(e.failure).isEqualTo(Failure.Client.HEADER_TIMEOUT);
            });
    response.release();
    channel.writeInbound(request(HttpMethod.GET, "/", "portal.test"));
    assertThat(channel.<Object>readOutbound()).isNull();
  }

  @Test
  void aConnectionThatRetiresEndsWithItsNextAnswer() {
    channel.pipeline().fireUserEventTriggered(ConnectionEvent.RETIRE);
    assertThat(channel.isOpen()).isTrue();
    FullHttpResponse response = answer(request(HttpMethod.GET, "/", "portal.test"));
    assertThat(response.headers().get(HttpHeaderNames.CONNECTION)).isEqualTo("close");
    response.release();
  }

  /** A client that leaves its answers, until it takes one. */
  private static final class Untaken extends ChannelOutboundHandlerAdapter {
    private final Deque<ChannelPromise> answers = new ArrayDeque<>();

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      ReferenceCountUtil.release(message);
      answers.add(promise);
    }

    void take() {
      answers.remove().setSuccess();
    }
  }

  private Untaken leaveAnswers(int count) {
    Untaken untaken = new Untaken();
    channel.pipeline().addFirst(untaken);
    for (int i = 0; i < count; i++) {
      channel.writeInbound(request(HttpMethod.GET, "/", "portal.test"));
    }
    return untaken;
  }

  /** Two seconds at a time, which is how often its pace is looked at. */
  private void pass(int seconds) {
    for (int i = 0; i < seconds; i += 2) {
      channel.advanceTimeBy(2, TimeUnit.SECONDS);
      channel.runScheduledPendingTasks();
    }
  }

  @Test
  void aClientMayPauseBeforeItTakesItsAnswer() {
    Untaken client = leaveAnswers(1);
    pass(30);
    client.take();
    pass(100);
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void aClientThatTakesNoneOfItsAnswersIsCut() {
    leaveAnswers(1);
    pass(34);
    assertThat(channel.isOpen()).isFalse();
    assertThat(audited)
        .singleElement()
        .isInstanceOfSatisfying(
            AuditEvent.RequestRefused.class,
            refused -> assertThat(refused.reason()).isEqualTo("read_too_slow"));
  }

  /** Of some 200 bytes each. */
  @Test
  void aClientThatTakesAnAnswerNowAndThenIsCut() {
    Untaken client = leaveAnswers(20);
    for (int i = 0; i < 3; i++) {
      pass(10);
      client.take();
    }
    assertThat(channel.isOpen()).isTrue();
    pass(10);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void anIdleConnectionIsClosed() {
    channel.pipeline().fireUserEventTriggered(ConnectionEvent.IDLE);
    assertThat(channel.isOpen()).isFalse();
  }
}
