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
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
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
import sallyport.net.inherit.InheritedSocket;
import sallyport.net.transport.Transport;

/**
 * Listening socket and the connections that it accepted. It accepts none before it has a {@link
 * ListenerGeneration}; until then they wait in the kernel. The generation can be replaced while the
 * socket listens.
 *
 * <p>Any thread.
 */
public final class Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

  private static final int BACKLOG = 4096;

  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  private static final int SWEEP_SECONDS = 10;

  /**
   * How many connections a turn of the event loop accepts. Netty's default is one, since it
   * mistakes the accepted descriptor for a number of bytes. In a burst of handshakes, clients that
   * resume would then wait in the kernel behind new clients.
   */
  private static final int ACCEPTS_PER_TURN = 64;

  private final BindAddress bind;
  private final ChannelFuture binding;
  private volatile boolean draining;
  private volatile boolean cut;

  /** Those of all generations. */
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  /** Belongs to the event loop of the socket; null until there is one. */
  private @Nullable ListenerGeneration generation;

  /** Starts to bind. {@link #binding()} has the outcome. */
  public Listener(BindAddress bind, Transport transport) {
    this(bind, transport, null);
  }

  /**
   * Starts to bind, or takes over a socket that listens already. {@link #binding()} has the
   * outcome.
   *
   * @param inherited closed with this; null to bind
   */
  public Listener(BindAddress bind, Transport transport, @Nullable InheritedSocket inherited) {
    this.bind = bind;
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(transport.loops())
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
    this.binding =
        inherited == null
            ? bootstrap.channelFactory(transport.serverChannels()).bind(bind.toSocketAddress())
            : bootstrap.channelFactory(transport.adopting(inherited.descriptor())).register();
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
    if (generation != null) {
      generation.admission().sweep();
    }
  }

  /** Returns the address that it was asked to bind. */
  public BindAddress bind() {
    return bind;
  }

  /** Returns a future that is done when the socket listens, or failed with the reason. */
  public ChannelFuture binding() {
    return binding;
  }

  /** Returns the bound address with its real port. */
  public InetSocketAddress address() {
    return (InetSocketAddress) binding.channel().localAddress();
  }

  /**
   * Returns the descriptor of the socket, to be handed to another process.
   *
   * @return null with a transport that has none
   */
  public @Nullable FileDescriptor descriptor() {
    return binding.channel() instanceof UnixChannel socket ? socket.fd() : null;
  }

  /**
   * Accepts connections into this generation from now on, and retires the generation before. The
   * socket must be bound.
   *
   * @return done when that is so
   */
  public Future<?> use(ListenerGeneration next) {
    // On the loop that accepts: each connection belongs to exactly one generation.
    return binding.channel().eventLoop().submit(() -> change(next));
  }

  private void change(ListenerGeneration next) {
    ListenerGeneration before = generation;
    generation = next;
    if (before == null) {
      binding.channel().config().setAutoRead(true);
    } else if (!before.equals(next)) {
      before.retire();
    }
  }

  /**
   * Closes the socket, and asks all connections to finish what they have begun, without a time
   * limit.
   *
   * @return done when it accepts no more
   */
  public Future<?> retire() {
    return binding.channel().eventLoop().submit(this::end);
  }

  private void end() {
    binding.channel().close();
    if (generation != null) {
      generation.retire();
    }
  }

  /**
   * Closes the socket, and asks all connections to finish what they have begun and to take nothing
   * new.
   *
   * @return done when all connections are closed
   */
  public Future<?> drain() {
    draining = true;
    EventLoop loop = binding.channel().eventLoop();
    Promise<Void> left = loop.newPromise();
    // One turn later, so that connections that were accepted meanwhile are among them.
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

  /**
   * Returns a future that is done when the last connection of all generations has closed.
   * Connections that are accepted after the call do not count.
   */
  public Future<?> left() {
    return connections.newCloseFuture();
  }

  /**
   * Closes the socket and cuts all open connections.
   *
   * @return how many connections were open
   */
  public int cut() {
    cut = true;
    binding.channel().close();
    int open = connections.size();
    connections.forEach(Connections::cut);
    return open;
  }

  /** Decision on each accepted connection, before its pipeline is built. */
  private final class Acceptor extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) {
      Channel connection = (Channel) accepted;
      ListenerGeneration current = generation;
      if (current == null || !current.admission().accept(connection)) {
        connection.unsafe().closeForcibly();
        return;
      }
      current.metrics().connectionOpened();
      connection.closeFuture().addListener(closed -> current.metrics().connectionClosed());
      connection.pipeline().addLast(current.pipeline());
      ctx.fireChannelRead(connection);
      // Not before it has an event loop: a stop on another thread could not close it.
      current.add(connection);
      connections.add(connection);
      // A stop that began meanwhile may not have seen it.
      if (cut) {
        Connections.cut(connection);
      } else if (draining) {
        connection.pipeline().fireUserEventTriggered(ConnectionEvent.DRAIN);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // Mostly a lack of file descriptors. Netty pauses accepting for a second.
      if (generation != null) {
        generation.metrics().connectionRefused("accept_failed");
      }
      ctx.fireExceptionCaught(cause);
    }
  }

  /** Log of the reasons why connections are not accepted. */
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

  /** Empty pipeline, which Netty requires. Each connection has the pipeline of its generation. */
  @Sharable
  private static final class Nothing extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel connection) {}
  }
}
