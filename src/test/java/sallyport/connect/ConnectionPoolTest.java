package sallyport.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.connect.pool.ConnectionPool;
import sallyport.connect.pool.Http1Connection;
import sallyport.connect.pool.Lifetime;
import sallyport.connect.pool.Waiting;
import sallyport.connect.security.MutualTls;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectListener;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.h1.ResponseDecoder;
import sallyport.net.Failure;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.Backends;

/**
 * Pools of two event loops, whose clocks stand still: who gets a connection, who waits for what,
 * and for how long.
 */
class ConnectionPoolTest {
  private static final GatewayMetrics METRICS = new GatewayMetrics();
  private static final InetSocketAddress ADDRESS =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

  /** One event loop: its pool, and what its exchanges have heard. */
  private final class Loop {
    private final EmbeddedChannel clock = new EmbeddedChannel();
    private final List<Waiting> dialled = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private int asked;
    private final ConnectionPool pool =
        new ConnectionPool(
            clock.eventLoop(),
            endpoint,
            /* share= */ 1,
            /* maxIdle= */ 10,
            /* http2Only= */ false,
            METRICS.upstream("app", "a:1"),
            dialled::add,
            pool -> asked++);

    Loop() {
      clock.freezeTime();
    }

    ConnectionAttempt exchange(String name) {
      return new ConnectionAttempt(
          client,
          endpoint,
          pool,
          new ConnectListener() {
            @Override
            public void onConnected(ClientStream connection) {
              heard.add(name + " connected");
            }

            @Override
            public void onConnectFailure(Failure.Upstream failure) {
              heard.add(name + " " + failure.flag());
            }
          },
          new ConnectionNeeds(false, ADDRESS, ADDRESS, false),
          /* http1= */ false,
          /* patient= */ true);
    }

    /** As {@link UpstreamClient} lets an exchange wait where no place is free. */
    ConnectionAttempt waiting(String name) {
      ConnectionAttempt exchange = exchange(name);
      exchange.awaits();
      pool.awaitPlace(exchange);
      return exchange;
    }

    ConnectionAttempt following(String name) {
      ConnectionAttempt exchange = exchange(name);
      assertThat(pool.http2().follow(exchange)).isTrue();
      exchange.awaits();
      return exchange;
    }

    Http1Connection connection() {
      assertThat(endpoint.tryOpenConnection()).isTrue();
      EmbeddedChannel channel = new EmbeddedChannel();
      channel.closeFuture().addListener(closed -> endpoint.connectionClosed());
      pool.placeTaken();
      Http1Connection connection =
          new Http1Connection(
              channel,
              /* authenticatedEnd= */ true,
              pool,
              new Lifetime(
                  pool.generation(),
                  System.nanoTime() + Duration.ofDays(1).toNanos(),
                  Duration.ofDays(1).toNanos(),
                  System.nanoTime() + age.toNanos()),
              new ResponseDecoder(HttpLimits.ofBackend(128)),
              fault -> Failure.Upstream.TLS_HANDSHAKE);
      channel.pipeline().addLast("upstream", connection);
      channels.add(channel);
      return connection;
    }

    void run() {
      clock.runPendingTasks();
    }

    void pass(long millis) {
      clock.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
      clock.runScheduledPendingTasks();
    }
  }

  private final Cluster backend =
      new Cluster(
          Backends.config(
              "endpoints = [ \"a:1\" ], pool.max-connections = 2, connect-timeout = 5s,"
                  + " limits.max-waiting = 2"));
  private final Endpoint endpoint = backend.endpoints().getFirst();
  private final EmbeddedChannel own = new EmbeddedChannel();

  @SuppressWarnings("NullAway") // No TLS: nothing is ever dialled.
  private final UpstreamClient client =
      new UpstreamClient(
          backend,
          new MutualTls(null),
          (from, endpoint) -> from.newFailedFuture(new UnknownHostException()),
          List.of(own.eventLoop()),
          (from, address) -> from.register(new EmbeddedChannel()),
          METRICS,
          () -> false,
          event -> {});

  private final List<EmbeddedChannel> channels = new ArrayList<>();

  /** Of connections that are opened from now on. */
  private Duration age = Duration.ofDays(1);

  private final Loop here = new Loop();
  private final Loop there = new Loop();

  // ---- idle connections

  @Test
  void theConnectionUsedLastIsTheFirstToBeUsedAgain() {
    Http1Connection first = here.connection();
    Http1Connection second = here.connection();
    first.release();
    second.release();
    assertThat(here.pool.poll()).isSameAs(second);
    assertThat(here.pool.poll()).isSameAs(first);
    assertThat(here.pool.poll()).isNull();
  }

  @Test
  void closeNotifyTakesAnIdleConnectionOutOfThePool() {
    here.connection().release();
    EmbeddedChannel channel = channels.getFirst();
    channel.pipeline().fireUserEventTriggered(SslCloseCompletionEvent.SUCCESS);
    assertThat(here.pool.poll()).isNull();
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aConnectionThatEndsTakesItselfOutOfThePool() {
    here.connection().release();
    channels.getFirst().close();
    assertThat(here.pool.poll()).isNull();
  }

  @Test
  void whatWasOpenedWithAnEarlierIdentityIsNotKept() {
    Http1Connection idle = here.connection();
    Http1Connection busy = here.connection();
    idle.release();
    here.pool.renew();
    busy.release();
    assertThat(here.pool.poll()).isNull();
    assertThat(channels).noneMatch(EmbeddedChannel::isOpen);
  }

  @Test
  void theConnectionThatHasBeenIdleLongestIsGivenUpFirst() {
    here.connection().release();
    here.connection().release();
    assertThat(here.pool.giveUpIdle()).isTrue();
    assertThat(channels.get(0).isOpen()).isFalse();
    assertThat(channels.get(1).isOpen()).isTrue();
    assertThat(here.pool.giveUpIdle()).isTrue();
    assertThat(here.pool.giveUpIdle()).isFalse();
  }

  @Test
  void aConnectionOfTheGreatestAgeIsNotKept() {
    age = Duration.ZERO;
    here.connection().release();
    assertThat(channels.getFirst().isOpen()).isFalse();
    assertThat(here.pool.poll()).isNull();
  }

  @Test
  void whatHasLeftKeepsNoConnection() {
    Http1Connection idle = here.connection();
    Http1Connection busy = here.connection();
    idle.release();
    here.pool.leave();
    assertThat(channels.get(0).isOpen()).isFalse();
    assertThat(channels.get(1).isOpen()).as("in use").isTrue();
    busy.release();
    assertThat(channels.get(1).isOpen()).isFalse();
    assertThat(here.pool.poll()).isNull();
  }

  @Test
  void anExchangeThatWaitsAtWhatHasLeftIsServed() {
    Http1Connection connection = here.connection();
    here.connection();
    here.waiting("a");
    here.pool.leave();
    assertThat(here.pool.isUnused()).isFalse();
    connection.release();
    assertThat(here.heard).containsExactly("a connected");
    assertThat(channels.getFirst().isOpen()).isTrue();
    connection.release();
    assertThat(channels.getFirst().isOpen()).isFalse();
  }

  // ---- places

  @Test
  void aConnectionThatIsReleasedGoesToTheExchangeThatWaits() {
    Http1Connection connection = here.connection();
    here.connection();
    here.waiting("a");
    here.waiting("b");
    connection.release();
    assertThat(here.heard).containsExactly("a connected");
    assertThat(endpoint.isAwaited()).as("b waits").isTrue();
  }

  @Test
  void anExchangeWhoseClientHasGoneDoesNotTakeAConnection() {
    Http1Connection connection = here.connection();
    here.connection();
    here.waiting("a").cancel();
    here.waiting("b");
    connection.release();
    assertThat(here.heard).containsExactly("b connected");
    assertThat(endpoint.isAwaited()).isFalse();
  }

  @Test
  void aConnectionThatIsReleasedMakesWayForAnotherEventLoop() {
    Http1Connection connection = here.connection();
    here.connection();
    ConnectionAttempt waiting = there.waiting("a");
    assertThat(there.asked).as("idle ones are asked for").isEqualTo(1);
    connection.release();
    assertThat(channels.getFirst().isOpen()).isFalse();
    there.run();
    assertThat(there.dialled).containsExactly(waiting);
    assertThat(endpoint.tryOpenConnection()).as("the place is taken").isFalse();
  }

  @Test
  void anEventLoopWithMoreThanItsShareGivesThatToTheOthers() {
    Http1Connection first = here.connection();
    here.connection();
    here.waiting("a");
    ConnectionAttempt other = there.waiting("b");
    first.release();
    assertThat(channels.getFirst().isOpen()).isFalse();
    assertThat(here.heard).isEmpty();
    // In turn: the place is for the event loop that has waited longest.
    here.run();
    there.run();
    assertThat(here.dialled).hasSize(1);
    assertThat(there.dialled).isEmpty();
    endpoint.connectionClosed();
    there.run();
    assertThat(there.dialled).containsExactly(other);
  }

  @Test
  void anEventLoopKeepsItsShareForItsOwn() {
    Http1Connection connection = here.connection();
    there.connection();
    here.waiting("a");
    there.waiting("b");
    connection.release();
    assertThat(here.heard).containsExactly("a connected");
    assertThat(channels).allMatch(EmbeddedChannel::isOpen);
  }

  @Test
  void aPlaceThatNobodyNeedsAnyMoreIsGivenBack() {
    here.connection();
    here.connection();
    ConnectionAttempt gone = there.waiting("a");
    endpoint.connectionClosed();
    gone.cancel();
    there.run();
    assertThat(there.dialled).isEmpty();
    assertThat(endpoint.tryOpenConnection()).isTrue();
  }

  // ---- how many wait

  /** As {@link UpstreamClient} serves an exchange for which no connection is idle. */
  private void dial(Loop loop, String name) {
    client.dial(loop.exchange(name));
  }

  @Test
  void overTheLimitOfThoseWhoWaitAnExchangeFailsAtOnce() {
    here.connection();
    here.connection();
    dial(here, "a");
    dial(there, "b");
    dial(there, "c");
    dial(here, "d");
    assertThat(there.heard).containsExactly("c waiting_limit");
    assertThat(here.heard).containsExactly("d waiting_limit");
  }

  @Test
  void anExchangeThatIsServedMakesRoomForAnotherToWait() {
    Http1Connection connection = here.connection();
    here.connection();
    dial(here, "a");
    dial(here, "b");
    connection.release();
    dial(here, "c");
    dial(here, "d");
    assertThat(here.heard).containsExactly("a connected", "d waiting_limit");
  }

  @Test
  void anExchangeWhoseClientHasGoneMakesRoomForAnotherToWait() {
    here.connection();
    here.connection();
    dial(here, "a");
    ConnectionAttempt gone = here.exchange("b");
    client.dial(gone);
    gone.cancel();
    dial(here, "c");
    assertThat(here.heard).isEmpty();
    assertThat(gone.isDone()).isTrue();
  }

  @Test
  void anExchangeThatHasWaitedTooLongMakesRoomForAnotherToWait() {
    here.connection();
    here.connection();
    dial(here, "a");
    dial(here, "b");
    here.pass(5000);
    here.heard.clear();
    dial(here, "c");
    dial(here, "d");
    dial(here, "e");
    assertThat(here.heard).containsExactly("e waiting_limit");
  }

  @Test
  void anExchangeWithAPlaceOfItsOwnMakesRoomForAnotherToWait() {
    here.connection();
    here.connection();
    ConnectionAttempt first = there.waiting("a");
    there.waiting("b");
    endpoint.connectionClosed();
    there.run();
    assertThat(there.dialled).containsExactly(first);
    dial(there, "c");
    dial(there, "d");
    assertThat(there.heard).containsExactly("d waiting_limit");
  }

  // ---- for how long

  @Test
  void anExchangeWaitsForAPlaceAsLongAsAConnectionMayTake() {
    here.connection();
    here.connection();
    here.waiting("a");
    here.pass(4999);
    assertThat(here.heard).isEmpty();
    here.pass(1);
    assertThat(here.heard).containsExactly("a connection_limit");
    assertThat(endpoint.isAwaited()).isFalse();
  }

  // ---- followers

  @Test
  void untilAnEndpointHasBeenAskedAllWaitForTheFirstAnswer() {
    assertThat(here.pool.http2().follow(here.exchange("first")))
        .as("there is nothing to wait for")
        .isFalse();
    here.pool.http2().opening();
    ConnectionAttempt a = here.following("a");
    ConnectionAttempt b = here.following("b");
    here.pool.http2().speaksHttp1();
    assertThat(here.pool.opened(null, here.pool.generation())).containsExactly(a, b);
    here.pool.http2().opening();
    assertThat(here.pool.http2().follow(here.exchange("c"))).as("it speaks HTTP/1.1").isFalse();
  }

  @Test
  void noMoreWaitThanOneConnectionHasStreamsFor() {
    here.pool.http2().learn(3);
    here.pool.http2().opening();
    here.following("a");
    here.following("b");
    assertThat(here.pool.http2().follow(here.exchange("c"))).isFalse();
    here.pool.http2().opening();
    here.following("c");
  }

  @Test
  void aFailureIsNoAnswerWhileAnotherConnectionIsBeingOpened() {
    here.pool.http2().opening();
    here.pool.http2().opening();
    ConnectionAttempt a = here.following("a");
    assertThat(here.pool.opened(null, here.pool.generation())).isEmpty();
    assertThat(here.pool.opened(null, here.pool.generation())).containsExactly(a);
  }

  @Test
  void http1IsAnAnswerForAllWhileAnotherConnectionIsBeingOpened() {
    here.pool.http2().opening();
    here.pool.http2().opening();
    ConnectionAttempt a = here.following("a");
    here.pool.http2().speaksHttp1();
    assertThat(here.pool.opened(null, here.pool.generation())).containsExactly(a);
  }

  /** Here there is no place for it, and its patience is over. */
  @Test
  void anExchangeFollowsNoLongerThanAConnectionMayTake() {
    here.connection();
    here.connection();
    here.pool.http2().opening();
    here.following("a");
    here.pass(4999);
    assertThat(here.heard).isEmpty();
    here.pass(1);
    assertThat(here.heard).containsExactly("a connection_limit");
  }

  // ---- the end of a response

  private @Nullable Http1Connection afterOneExchange(boolean closeNotify) {
    Http1Connection connection = here.connection();
    EmbeddedChannel channel = channels.getFirst();
    connection.begin(new IgnoredResponse(), HttpMethod.GET, /* webSocket= */ false);
    connection.write(LastHttpContent.EMPTY_LAST_CONTENT);
    channel
        .pipeline()
        .fireChannelRead(
            new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT));
    if (closeNotify) {
      channel.pipeline().fireUserEventTriggered(SslCloseCompletionEvent.SUCCESS);
    }
    channel.pipeline().fireChannelReadComplete();
    channel.runPendingTasks();
    return here.pool.poll();
  }

  @Test
  void aConnectionIsKeptAfterAResponse() {
    assertThat(afterOneExchange(/* closeNotify= */ false)).isNotNull();
  }

  @Test
  void aConnectionWhoseEndCameWithItsResponseIsNotKept() {
    assertThat(afterOneExchange(/* closeNotify= */ true)).isNull();
    assertThat(channels.getFirst().isOpen()).isFalse();
  }
}
