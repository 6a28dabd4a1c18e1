package sallyport.connect.security;

import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.config.address.SocketPath;
import sallyport.net.Failure;
import sallyport.net.transport.UnixSockets;

/**
 * Step of connections that stay on this machine. Before anything is sent it checks the address once
 * more, and at a Unix socket its path and the user that listens there (SO_PEERCRED). Every call
 * must run on the event loop of the connection.
 */
public final class PlainStep implements SecurityStep {
  /** Time that is longer than any connection lives. */
  private static final Duration LONGEST = Duration.ofDays(365);

  private final PlainLocal local;

  /** Checks every connection by these rules. */
  public PlainStep(PlainLocal local) {
    this.local = local;
  }

  @Override
  public boolean begin(
      Channel channel, Endpoint endpoint, SocketAddress address, boolean http1, Listener listener) {
    String problem = problem(channel, address);
    if (problem == null) {
      listener.onSecured(
          new Established(
              channel,
              local.protocol(),
              System.nanoTime() + LONGEST.toNanos(),
              /* authenticatedEnd= */ false));
    } else {
      listener.onRefused(channel, Failure.Upstream.LOCAL_PEER_REFUSED, problem);
    }
    return true;
  }

  private @Nullable String problem(Channel channel, SocketAddress address) {
    return switch (address) {
      case UnixDomainSocketAddress unix -> problemOfUnix(channel, unix);
      case InetSocketAddress tcp when tcp.getAddress().isLoopbackAddress() -> null;
      default -> "it is not on this machine";
    };
  }

  private @Nullable String problemOfUnix(Channel channel, UnixDomainSocketAddress unix) {
    int user;
    try {
      user = UnixSockets.peerUser(channel);
    } catch (IOException unknown) {
      return "the user that listens there is unknown";
    }
    return local.peerUser().permits(user, local.own())
        ? SocketPath.problem(unix.getPath(), local.peerUser(), local.own())
        : "user %s listens there, and peer-user is %s"
            .formatted(Integer.toUnsignedString(user), local.peerUser());
  }

  @Override
  public void inUse(Channel channel) {}

  @Override
  public Failure.Upstream classify(Throwable cause) {
    return Failure.Upstream.CLOSED_BEFORE_RESPONSE;
  }

  @Override
  public String describe(Throwable cause) {
    return String.valueOf(cause.getMessage());
  }
}
