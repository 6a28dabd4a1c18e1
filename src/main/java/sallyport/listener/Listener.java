package sallyport.listener;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import sallyport.admission.Admission;
import sallyport.config.BindAddress;
import sallyport.http.ConnectionEvent;
import sallyport.metrics.DownstreamMetrics;
import sallyport.transport.Transport;

/** A listening socket and the connections that it accepted. */
public final class Listener {
  private static final int BACKLOG = 4096;

  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  private static final int SWEEP_SECONDS = 10;

  private final String name;
  private final Admission admission;
  private final DownstreamMetrics metrics;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final ChannelFuture binding;
  private volatile boolean draining;
  private volatile boolean cut;

  /**
   * Starts to bind; see {@link #binding()} for the outcome.
   *
   * @param admission decides which of the connections stay
   * @param pipeline initialises each accepted connection
   */
  public Listener(
      String name,
      BindAddress bind,
      Admission admission,
      ChannelHandler pipeline,
      Transport transport,
      DownstreamMetrics metrics) {
    this.name = name;
    this.admission = admission;
    this.metrics = metrics;
    this.binding =
        new ServerBootstrap()
            .group(transport.loops())
            .channelFactory(transport.serverChannels())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .handler(new Acceptor())
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .childHandler(pipeline)
            .bind(bind.toSocketAddress());
    binding.addListener(
        (ChannelFuture bound) -> {
          if (bound.isSuccess()) {
            sweepUntilClosed(bound.channel());
          }
        });
  }

  private void sweepUntilClosed(Channel socket) {
    ScheduledFuture<?> sweeping =
        socket
            .eventLoop()
            .scheduleWithFixedDelay(
                admission::sweep, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
    socket.closeFuture().addListener(closed -> sweeping.cancel(false));
  }

  /** The listener's name. */
  public String name() {
    return name;
  }

  /** Done when the socket listens, or failed with the reason why it does not. */
  public ChannelFuture binding() {
    return binding;
  }

  /** The bound address with its real port. */
  public InetSocketAddress address() {
    return (InetSocketAddress) binding.channel().localAddress();
  }

  /** Open connections. */
  public int connections() {
    return connections.size();
  }

  /**
   * Accepts no more, and asks every connection to finish what it has begun.
   *
   * @return done when all connections are closed
   */
  public Future<?> drain() {
    draining = true;
    binding.channel().close();
    for (Channel connection : connections) {
      connection.pipeline().fireUserEventTriggered(ConnectionEvent.DRAIN);
    }
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
    connections.forEach(Listener::cut);
    return open;
  }

  /** Below the codecs, which would wait for their streams. One that has just closed has none. */
  private static void cut(Channel connection) {
    ChannelHandlerContext first = connection.pipeline().firstContext();
    if (first != null) {
      first.close();
    } else {
      connection.close();
    }
  }

  /** Decides on each accepted connection before its pipeline is built. */
  private final class Acceptor extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) {
      Channel connection = (Channel) accepted;
      if (!admission.accept(connection)) {
        connection.unsafe().closeForcibly();
        return;
      }
      metrics.connectionOpened();
      connection.closeFuture().addListener(closed -> metrics.connectionClosed());
      ctx.fireChannelRead(connection);
      // Not before it has an event loop: a stop on another thread could not close it.
      connections.add(connection);
      // A stop that began meanwhile may have passed it over.
      if (cut) {
        cut(connection);
      } else if (draining) {
        connection.pipeline().fireUserEventTriggered(ConnectionEvent.DRAIN);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // Out of file descriptors, mostly: Netty pauses accepting for a second by itself.
      metrics.connectionRefused("accept_failed");
      ctx.fireExceptionCaught(cause);
    }
  }
}
