package sallyport.net.transport;

import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.RuntimeConfig;
import sallyport.config.RuntimeConfig.TransportKind;

/**
 * Event loops and their channel types: epoll, io_uring or NIO.
 *
 * <p>One group serves both accepting and forwarding, and an exchange stays on the loop of its
 * client connection.
 */
public final class Transport {
  private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

  private static final String EPOLL = "epoll";
  private static final String IO_URING = "io_uring";

  private final String name;
  private final IoHandlerFactory io;
  private final EventLoopGroup loops;
  private final ChannelFactory<? extends ServerChannel> serverChannels;
  private final ChannelFactory<? extends SocketChannel> socketChannels;
  private final UnixSockets unixSockets;
  private final @Nullable ChannelOption<Integer> userTimeout;
  private final int userTimeoutMillis;

  private Transport(
      String name,
      RuntimeConfig config,
      IoHandlerFactory io,
      ChannelFactory<? extends ServerChannel> serverChannels,
      ChannelFactory<? extends SocketChannel> socketChannels,
      UnixSockets unixSockets,
      @Nullable ChannelOption<Integer> userTimeout) {
    this(
        name,
        "sallyport-loop",
        config.workers(),
        io,
        serverChannels,
        socketChannels,
        unixSockets,
        userTimeout,
        Math.toIntExact(config.tcpUserTimeout().toMillis()));
  }

  private Transport(
      String name,
      String threads,
      int workers,
      IoHandlerFactory io,
      ChannelFactory<? extends ServerChannel> serverChannels,
      ChannelFactory<? extends SocketChannel> socketChannels,
      UnixSockets unixSockets,
      @Nullable ChannelOption<Integer> userTimeout,
      int userTimeoutMillis) {
    this.name = name;
    this.io = io;
    this.loops =
        new MultiThreadIoEventLoopGroup(workers, new DefaultThreadFactory(threads, false), io);
    this.serverChannels = serverChannels;
    this.socketChannels = socketChannels;
    this.unixSockets = unixSockets;
    this.userTimeout = userTimeout;
    this.userTimeoutMillis = userTimeoutMillis;
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
          case NIO -> nio(config);
        };
    LOG.info("transport {} with {} event loops", transport.name, config.workers());
    if (transport.userTimeout == null && transport.userTimeoutMillis > 0) {
      LOG.info("transport {} has no runtime.tcp-user-timeout", transport.name);
    }
    return transport;
  }

  private static Transport epollOrNio(RuntimeConfig config) {
    if (!Epoll.isAvailable()) {
      return fallBack(TransportKind.EPOLL, Epoll.unavailabilityCause(), config);
    }
    return new Transport(
        EPOLL,
        config,
        new KeptRegistrations(EpollIoHandler.newFactory()),
        EpollServerSocketChannel::new,
        EpollSocketChannel::new,
        UnixSockets.EPOLL,
        EpollChannelOption.TCP_USER_TIMEOUT);
  }

  private static Transport ioUringOrNio(RuntimeConfig config) {
    if (!IoUring.isAvailable()) {
      return fallBack(TransportKind.IO_URING, IoUring.unavailabilityCause(), config);
    }
    return new Transport(
        IO_URING,
        config,
        IoUringIoHandler.newFactory(),
        IoUringServerSocketChannel::new,
        IoUringSocketChannel::new,
        UnixSockets.IO_URING,
        IoUringChannelOption.TCP_USER_TIMEOUT);
  }

  private static Transport fallBack(TransportKind configured, Throwable why, RuntimeConfig config) {
    LOG.warn("transport {} does not load, using nio instead: {}", configured, String.valueOf(why));
    return nio(config);
  }

  private static Transport nio(RuntimeConfig config) {
    return new Transport(
        "nio",
        config,
        NioIoHandler.newFactory(),
        NioServerSocketChannel::new,
        NioSocketChannel::new,
        UnixSockets.NIO,
        null);
  }

  /**
   * Starts one event loop more, for sockets of the same kind that have to be served under any load
   * of the others. It is closed on its own.
   *
   * @param thread the name of its thread
   */
  public Transport apart(String thread) {
    return new Transport(
        name,
        thread,
        1,
        io,
        serverChannels,
        socketChannels,
        unixSockets,
        userTimeout,
        userTimeoutMillis);
  }

  /** Returns {@code epoll}, {@code io_uring} or {@code nio}. */
  public String name() {
    return name;
  }

  /** Returns the event loops. */
  public EventLoopGroup loops() {
    return loops;
  }

  /** Makes listening channels. */
  public ChannelFactory<? extends ServerChannel> serverChannels() {
    return serverChannels;
  }

  /** Returns whether listening sockets of another process can be taken over. */
  public boolean adopts() {
    // NIO has no way to a descriptor, and Netty has none to make a channel of io_uring from one.
    return name.equals(EPOLL);
  }

  /**
   * Makes a listening channel of a socket that listens already.
   *
   * @param descriptor the channel's from now on
   * @throws UnsupportedOperationException unless {@link #adopts}
   */
  public ChannelFactory<? extends ServerChannel> adopting(FileDescriptor descriptor) {
    if (!adopts()) {
      throw new UnsupportedOperationException(name);
    }
    return () -> new EpollServerSocketChannel(descriptor.intValue());
  }

  /** Makes outgoing channels. */
  public ChannelFactory<? extends SocketChannel> socketChannels() {
    return socketChannels;
  }

  /** Returns the Unix sockets of the same kind. */
  public UnixSockets unixSockets() {
    return unixSockets;
  }

  /**
   * Sets on the sockets of a bootstrap for how long their peers may not acknowledge anything
   * (TCP_USER_TIMEOUT). NIO has no such option: there it is for the operating system to say.
   *
   * @param setter of an option of connected sockets
   */
  public void limitSilence(BiConsumer<ChannelOption<Integer>, Integer> setter) {
    if (userTimeout != null && userTimeoutMillis > 0) {
      setter.accept(userTimeout, userTimeoutMillis);
    }
  }

  /** Ends the event loops, at once where nothing is left to do; done when all have ended. */
  public Future<?> close() {
    // The kernel closes sockets of io_uring later, and a loop that has ended by then keeps their
    // pipelines and TLS engines. With a quiet period, a loop looks for it once more.
    int quietMillis = name.equals(IO_URING) ? 1 : 0;
    return loops.shutdownGracefully(quietMillis, 10_000, TimeUnit.MILLISECONDS);
  }
}
