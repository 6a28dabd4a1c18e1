package sallyport.connect.dial;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Consumer;

/** Opener of TCP connections, on which nothing is sent yet. Any thread. */
public interface Dialer {
  /** Connects to this address, from this event loop. */
  ChannelFuture dial(EventLoop loop, InetSocketAddress address);

  /**
   * Dials with sockets.
   *
   * @param timeout until a connection stands
   * @param options sets further ones
   */
  static Dialer of(
      ChannelFactory<? extends Channel> sockets, Duration timeout, Consumer<Bootstrap> options) {
    Bootstrap bootstrap =
        new Bootstrap()
            .channelFactory(sockets)
            // Names are resolved before, to all of their addresses.
            .disableResolver()
            .handler(new Unsecured())
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(timeout.toMillis()))
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(64 * 1024, 256 * 1024));
    options.accept(bootstrap);
    return (loop, address) -> bootstrap.clone(loop).connect(address);
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
