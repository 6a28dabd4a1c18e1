package sallyport.net.listener;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.address.BindAddress;
import sallyport.logging.LogRateLimit;
import sallyport.net.ConnectionEvent;
import sallyport.net.Connections;
import sallyport.net.transport.Transport;

/**
 * A listening socket and the connections that it accepted. It accepts none before it has a {@link
 * ListenerGeneration}; meanwhile they wait in the kernel. It can be given another door while it
 * listens.
 */
public final class Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

  private static final int BACKLOG = 4096;

  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  private static final int SWEEP_SECONDS = 10;

  /**
   * How many connections a turn of the event loop accepts. Netty takes one at a time, since it
   * mistakes the descriptor that it got for a number of bytes; in a storm of handshakes, clients
   * that resume would wait behind strangers where nobody can tell them apart yet.
   */
  private static final int ACCEPTS_PER_TURN = 64;

  private final BindAddress bind;
  private final ChannelFuture binding;
  private volatile boolean draining;
  private volatile boolean cut;

  /** Of all doors. */
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  /** Belongs to the event loop of the socket; null until there is one. */
  private @Nullable ListenerGeneration door;

  /** Starts to bind; see {@link #binding()} for the outcome. */
  public Listener(BindAddress bind, Transport transport) {
    this.bind = bind;
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(transport.loops())
            .channelFactory(transport.serverChannels())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.AUTO_READ, false)
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new ServerChannelRecvByteBufAllocator()
                    .respectMaybeMoreData(false)
                    .maxMessagesPerRead(ACCEPTS_PER_TURN))
            .handler(new Acceptor())
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .childHandler(new Nothing());
    transport.limitSilence(bootstrap::childOption);
    this.binding = bootstrap.bind(bind.toSocketAddress());
    binding.addListener(
        (ChannelFuture bound) -> {
          if (bound.isSuccess()) {
            // The last one, behind Netty's own, which pauses accepting.
            bound.channel().pipeline().addLast(new AcceptErrors());
            sweepUntilClosed(bound.channel());
          }
        });
  }

  private void sweepUntilClosed(Channel socket) {
    ScheduledFuture<?> sweeping =
        socket
            .eventLoop()
            .scheduleWithFixedDelay(this::sweep, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
    socket.closeFuture().addListener(closed -> sweeping.cancel(false));
  }

  private void sweep() {
    if (door != null) {
      door.admission().sweep();
    }
  }

  /** What it was asked to bind. */
  public BindAddress bind() {
    return bind;
  }

  /** Done when the socket listens, or failed with the reason why it does not. */
  public ChannelFuture binding() {
    return binding;
  }

  /** The bound address with its real port. */
  public InetSocketAddress address() {
    return (InetSocketAddress) binding.channel().localAddress();
  }

  /**
   * Lets connections in by this door from now on, and asks those that came by another one to finish
   * what they have begun. Once it is bound.
   *
   * @return done when that is so
   */
  public Future<?> use(ListenerGeneration next) {
    // Where connections are accepted: each comes by one door or by the other.
    return binding.channel().eventLoop().submit(() -> change(next));
  }

  private void change(ListenerGeneration next) {
    ListenerGeneration before = door;
    door = next;
    if (before == null) {
      binding.channel().config().setAutoRead(true);
    } else if (!before.equals(next)) {
      before.retire();
    }
  }

  /**
   * Accepts no more, and asks every connection to finish what it has begun, however long that
   * takes.
   *
   * @return done when it accepts no more
   */
  public Future<?> retire() {
    return binding.channel().eventLoop().submit(this::end);
  }

  private void end() {
    binding.channel().close();
    if (door != null) {
      door.retire();
    }
  }

  /**
   * Accepts no more, and asks every connection to finish what it has begun.
   *
   * @return done when all connections are closed
   */
  public Future<?> drain() {
    draining = true;
    EventLoop loop = binding.channel().eventLoop();
    Promise<Void> left = loop.newPromise();
    // In the turn after that every connection is known that was accepted meanwhile.
    binding
        .channel()
        .close()
        .addListener(
            closed ->
                loop.execute(
                    () -> connections.newCloseFuture().addListener(all -> left.trySuccess(null))));
    for (Channel connection : connections) {
      connection.pipeline().fireUserEventTriggered(ConnectionEvent.DRAIN);
    }
    return left;
  }

  /** Done when the last connection of all doors has closed; ask when it accepts no more. */
  public Future<?> left() {
    return connections.newCloseFuture();
  }

  /**
   * Cuts every connection that is still open.
   *
   * @return how many that were
   */
  public int cut() {
    cut = true;
    binding.channel().close();
    int open = connections.size();
    connections.forEach(Connections::cut);
    return open;
  }

  /** Decides on each accepted connection before its pipeline is built. */
  private final class Acceptor extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) {
      Channel connection = (Channel) accepted;
      ListenerGeneration by = door;
      if (by == null || !by.admission().accept(connection)) {
        connection.unsafe().closeForcibly();
        return;
      }
      by.metrics().connectionOpened();
      connection.closeFuture().addListener(closed -> by.metrics().connectionClosed());
      connection.pipeline().addLast(by.pipeline());
      ctx.fireChannelRead(connection);
      // Not before it has an event loop: a stop on another thread could not close it.
      by.entered(connection);
      connections.add(connection);
      // A stop that began meanwhile may have passed it over.
      if (cut) {
        Connections.cut(connection);
      } else if (draining) {
        connection.pipeline().fireUserEventTriggered(ConnectionEvent.DRAIN);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // Out of file descriptors, mostly: Netty pauses accepting for a second by itself.
      if (door != null) {
        door.metrics().connectionRefused("accept_failed");
      }
      ctx.fireExceptionCaught(cause);
    }
  }

  /** Says in the log why connections are not accepted. */
  private final class AcceptErrors extends ChannelInboundHandlerAdapter {
    private final LogRateLimit lines = new LogRateLimit();

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      String said = String.valueOf(cause);
      String advice =
          said.contains("Too many open files")
              ? "; raise the limit of open files (ulimit -n, LimitNOFILE= in a systemd unit), or"
                  + " lower limits.max-connections"
              : "";
      lines.write(
          leftOut ->
              LOG.warn(
                  "{}: connections cannot be accepted: {}{}{}",
                  bind,
                  cause.getMessage() == null ? said : cause.getMessage(),
                  advice,
                  LogRateLimit.suffix(leftOut)));
    }
  }

  /** Netty wants one pipeline for all connections; each has that of its door. */
  @Sharable
  private static final class Nothing extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel connection) {}
  }
}
