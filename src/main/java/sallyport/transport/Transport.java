package sallyport.transport;

import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.RuntimeConfig;
import sallyport.config.RuntimeConfig.TransportKind;

/**
 * The event loops and the channel types that go with them: epoll, io_uring or NIO.
 *
 * <p>One group serves both accepting and forwarding, and an exchange stays on the loop of its
 * client connection.
 */
public final class Transport {
  private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

  private static final String LOOP = "sallyport-loop";

  private final String name;
  private final IoHandlerFactory io;
  private final EventLoopGroup loops;
  private final ChannelFactory<? extends ServerChannel> serverChannels;
  private final ChannelFactory<? extends SocketChannel> socketChannels;

  private Transport(
      String name,
      String threads,
      int workers,
      IoHandlerFactory io,
      ChannelFactory<? extends ServerChannel> serverChannels,
      ChannelFactory<? extends SocketChannel> socketChannels) {
    this.name = name;
    this.io = io;
    this.loops =
        new MultiThreadIoEventLoopGroup(workers, new DefaultThreadFactory(threads, false), io);
    this.serverChannels = serverChannels;
    this.socketChannels = socketChannels;
  }

  /**
   * Starts the event loops. A native transport that does not load gives way to NIO, and the log
   * says why; traffic is served all the same, at a higher cost.
   */
  public static Transport create(RuntimeConfig config) {
    Transport transport =
        switch (config.transport()) {
          case AUTO, EPOLL -> epollOrNio(config);
          case IO_URING -> ioUringOrNio(config);
          case NIO -> nio(config.workers());
        };
    LOG.info("transport {} with {} event loops", transport.name, config.workers());
    return transport;
  }

  private static Transport epollOrNio(RuntimeConfig config) {
    if (!Epoll.isAvailable()) {
      return fallBack(TransportKind.EPOLL, Epoll.unavailabilityCause(), config);
    }
    return new Transport(
        "epoll",
        LOOP,
        config.workers(),
        EpollIoHandler.newFactory(),
        EpollServerSocketChannel::new,
        EpollSocketChannel::new);
  }

  private static Transport ioUringOrNio(RuntimeConfig config) {
    if (!IoUring.isAvailable()) {
      return fallBack(TransportKind.IO_URING, IoUring.unavailabilityCause(), config);
    }
    return new Transport(
        "io_uring",
        LOOP,
        config.workers(),
        IoUringIoHandler.newFactory(),
        IoUringServerSocketChannel::new,
        IoUringSocketChannel::new);
  }

  private static Transport fallBack(TransportKind wanted, Throwable why, RuntimeConfig config) {
    LOG.warn("transport {} does not load, using nio instead: {}", wanted, String.valueOf(why));
    return nio(config.workers());
  }

  private static Transport nio(int workers) {
    return new Transport(
        "nio",
        LOOP,
        workers,
        NioIoHandler.newFactory(),
        NioServerSocketChannel::new,
        NioSocketChannel::new);
  }

  /**
   * Starts one event loop more, for sockets of the same kind that have to be served whatever the
   * others do. It is closed on its own.
   *
   * @param thread the name of its thread
   */
  public Transport apart(String thread) {
    return new Transport(name, thread, 1, io, serverChannels, socketChannels);
  }

  /** {@code epoll}, {@code io_uring} or {@code nio}. */
  public String name() {
    return name;
  }

  /** The event loops. */
  public EventLoopGroup loops() {
    return loops;
  }

  /** Makes listening channels. */
  public ChannelFactory<? extends ServerChannel> serverChannels() {
    return serverChannels;
  }

  /** Makes outgoing channels. */
  public ChannelFactory<? extends SocketChannel> socketChannels() {
    return socketChannels;
  }

  /** Ends the event loops, at once where nothing is left to do; done when all have ended. */
  public Future<?> close() {
    return loops.shutdownGracefully(0, 10, TimeUnit.SECONDS);
  }
}
