package sallyport.connect.dial;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import sallyport.net.transport.Transport;

/** Opener of connections over TCP and to Unix sockets, on which nothing is sent yet. Any thread. */
public interface Dialer {
  /** Connects to this address, from this event loop. */
  ChannelFuture dial(EventLoop loop, SocketAddress address);

  /**
   * Dials with the sockets of a transport.
   *
   * @param timeout until a connection stands
   */
  static Dialer of(Transport transport, Duration timeout) {
    Bootstrap tcp =
        bootstrap(transport.socketChannels(), timeout)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true);
    transport.limitSilence(tcp::option);
    Bootstrap unix = bootstrap(transport.unixSockets().channels(), timeout);
    return (loop, address) ->
        address instanceof UnixDomainSocketAddress socket
            ? unix.clone(loop).connect(transport.unixSockets().addresses().apply(socket.getPath()))
            : tcp.clone(loop).connect(address);
  }

  private static Bootstrap bootstrap(ChannelFactory<? extends Channel> channels, Duration timeout) {
    return new Bootstrap()
        .channelFactory(channels)
        // Names are resolved before, to all of their addresses.
        .disableResolver()
        .handler(new Unsecured())
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(timeout.toMillis()))
        .option(
            ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(64 * 1024, 256 * 1024));
  }

  /** Initializer without handlers: the security step adds the first. */
  final class Unsecured extends ChannelInitializer<Channel> {
    private Unsecured() {}

    @Override
    protected void initChannel(Channel channel) {
      // None yet.
    }
  }
}
