package sallyport.net.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.PeerCredentials;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.function.Function;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.PeerUser;

/**
 * Unix sockets of one transport. Immutable. Any thread.
 *
 * @param channels makes outgoing channels
 * @param addresses makes the address of a path as these channels take it
 */
public record UnixSockets(
    ChannelFactory<? extends Channel> channels, Function<Path, SocketAddress> addresses) {
  static final UnixSockets EPOLL =
      new UnixSockets(
          EpollDomainSocketChannel::new, path -> new DomainSocketAddress(path.toString()));
  static final UnixSockets IO_URING =
      new UnixSockets(
          IoUringDomainSocketChannel::new, path -> new DomainSocketAddress(path.toString()));
  static final UnixSockets NIO =
      new UnixSockets(NioDomainSocketChannel::new, UnixDomainSocketAddress::of);

  /**
   * Returns the id of the user of the process at the other end (SO_PEERCRED): the one that listens,
   * or the one that has connected. With NIO it may ask a directory for the name of the user.
   *
   * @throws IOException if the kernel does not say
   */
  public static int peerUser(Channel connection) throws IOException {
    return switch (connection) {
      case EpollDomainSocketChannel epoll -> user(epoll.peerCredentials());
      case IoUringDomainSocketChannel uring -> user(uring.peerCredentials());
      default -> {
        UnixDomainPrincipal peer =
            connection.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED));
        if (peer == null) {
          throw new IOException("the kernel does not say who the peer is");
        }
        yield PeerUser.id(peer.user());
      }
    };
  }

  private static int user(@Nullable PeerCredentials peer) throws IOException {
    if (peer == null) {
      throw new IOException("the kernel does not say who the peer is");
    }
    return peer.uid();
  }
}
