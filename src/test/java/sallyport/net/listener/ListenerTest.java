package sallyport.net.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.config.RuntimeConfig;
import sallyport.config.RuntimeConfig.TransportKind;
import sallyport.config.address.BindAddress;
import sallyport.net.ConnectionEvent;
import sallyport.net.admission.Admission;
import sallyport.net.transport.Transport;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;

/** How connections are accepted, and what becomes of those that come while a stop begins. */
class ListenerTest {
  private static final int MANY = 40;

  private final Transport transport =
      Transport.create(new RuntimeConfig(TransportKind.AUTO, 1, 0, Duration.ofSeconds(60)));
  private final GatewayMetrics metrics = new GatewayMetrics();
  private @Nullable Listener listener;

  /** The last moment before a connection is known: on its event loop, which is the listener's. */
  @Sharable
  private static final class Meanwhile extends ChannelInboundHandlerAdapter {
    private final Runnable what;

    private final boolean leaves;

    Meanwhile(Runnable what, boolean leaves) {
      this.what = what;
      this.leaves = leaves;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      what.run();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == ConnectionEvent.DRAIN && leaves) {
        ctx.close();
      }
    }
  }

  private void listen(Runnable meanwhile) {
    listen(meanwhile, /* leaves= */ true);
  }

  private void listen(Runnable meanwhile, boolean leaves) {
    AuditLog audit = event -> {};
    listener = new Listener(new BindAddress("127.0.0.1", 0), transport);
    assertThat(listener().binding().awaitUninterruptibly().isSuccess()).isTrue();
    listener()
        .use(
            new ListenerGeneration(
                Admission.upTo(MANY, "test", metrics.downstream("test"), audit),
                new Meanwhile(meanwhile, leaves),
                metrics.downstream("test")));
  }

  private Listener listener() {
    return Objects.requireNonNull(listener);
  }

  @AfterEach
  void stop() {
    transport.close().awaitUninterruptibly(15, TimeUnit.SECONDS);
    metrics.close();
  }

  private void assertEnds() throws Exception {
    try (Socket client =
        new Socket(InetAddress.ofLiteral("127.0.0.1"), listener().address().getPort())) {
      client.setSoTimeout(20_000);
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void aConnectionThatIsAcceptedWhileADrainBeginsIsDrainedToo() throws Exception {
    listen(() -> listener().drain());
    assertEnds();
  }

  @Test
  void aConnectionThatIsAcceptedWhileADrainBeginsIsWaitedFor() throws Exception {
    CompletableFuture<Future<?>> drain = new CompletableFuture<>();
    listen(() -> drain.complete(listener().drain()), /* leaves= */ false);
    Future<?> drained;
    try (Socket client =
        new Socket(InetAddress.ofLiteral("127.0.0.1"), listener().address().getPort())) {
      drained = drain.get(20, TimeUnit.SECONDS);
      // Whatever ends it without the connection has had its turn.
      for (int turn = 0; turn < 3; turn++) {
        transport.loops().next().submit(() -> {}).await();
        GlobalEventExecutor.INSTANCE.submit(() -> {}).await();
      }
      assertThat(client.isConnected()).isTrue();
      assertThat(drained.isDone()).isFalse();
    }
    assertThat(drained.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aConnectionThatIsAcceptedWhileAllAreCutIsCutToo() throws Exception {
    listen(() -> listener().cut());
    assertEnds();
  }

  @Test
  void connectionsThatHaveBeenWaitingAreAcceptedInOneTurn() throws Exception {
    AtomicInteger accepted = new AtomicInteger();
    CompletableFuture<Integer> inOneTurn = new CompletableFuture<>();
    listen(
        () -> {
          if (accepted.incrementAndGet() == 1) {
            // Runs when the turn has seen to its sockets.
            transport.loops().next().execute(() -> inOneTurn.complete(accepted.get()));
          }
        });
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch connected = new CountDownLatch(1);
    transport
        .loops()
        .next()
        .execute(
            () -> {
              held.countDown();
              awaitUninterruptibly(connected);
            });
    assertThat(held.await(20, TimeUnit.SECONDS)).isTrue();
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < MANY; i++) {
        clients.add(new Socket(InetAddress.ofLiteral("127.0.0.1"), listener().address().getPort()));
      }
      connected.countDown();
      assertThat(inOneTurn.get(20, TimeUnit.SECONDS)).isEqualTo(MANY);
    } finally {
      connected.countDown();
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
