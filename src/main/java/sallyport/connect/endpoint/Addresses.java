package sallyport.connect.endpoint;

import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.config.address.EndpointAddress;
import sallyport.config.address.LocalAddress;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.net.names.Answer.Found;
import sallyport.net.names.Names;
import sallyport.net.names.Question;

/** Addresses of endpoints. Any thread. */
public final class Addresses {
  /** Resolver of addresses. */
  public interface Resolver {
    /** Returns all addresses of an endpoint, in order; at least one, or a failure. */
    Future<List<SocketAddress>> resolve(EventLoop loop, Endpoint endpoint);
  }

  private Addresses() {}

  /**
   * Returns a resolver that answers with the address that an endpoint stands for: a literal one
   * unchanged, that of a Unix socket, one of a name, or all addresses of the name.
   *
   * @param names watches the name for this backend
   */
  public static Resolver by(Names names) {
    return (loop, endpoint) -> resolve(names, loop, endpoint);
  }

  private static Future<List<SocketAddress>> resolve(
      Names names, EventLoop loop, Endpoint endpoint) {
    EndpointConfig written = endpoint.written();
    SocketAddress known = endpoint.resolved() == null ? fixed(written) : endpoint.resolved();
    if (known != null) {
      return loop.newSucceededFuture(List.of(known));
    }
    Promise<List<SocketAddress>> addresses = loop.newPromise();
    names
        .first(question(written), loop)
        .addListener(
            (Future<List<Found>> found) -> {
              if (found.isSuccess()) {
                addresses.trySuccess(
                    found.getNow().stream()
                        .map(each -> (SocketAddress) address(written, each))
                        .toList());
              } else {
                addresses.tryFailure(found.cause());
              }
            });
    return addresses;
  }

  /** Returns the address of an endpoint that no resolver is asked for; null for a name. */
  public static @Nullable SocketAddress fixed(EndpointConfig written) {
    return switch (written.address()) {
      case EndpointAddress.Host(String host, int port) ->
          isLiteral(host) ? new InetSocketAddress(InetAddress.ofLiteral(host), port) : null;
      case EndpointAddress.Service service -> null;
      case LocalAddress.UnixSocket(Path path) -> UnixDomainSocketAddress.of(path);
    };
  }

  /** Returns the question for an endpoint that is written as a name. */
  static Question question(EndpointConfig written) {
    return switch (written.address()) {
      case EndpointAddress.Host host -> new Question.Host(host.host().toLowerCase(Locale.ROOT));
      case EndpointAddress.Service service ->
          new Question.Service(service.name().toLowerCase(Locale.ROOT));
      case LocalAddress.UnixSocket socket -> throw new IllegalArgumentException(socket.toString());
    };
  }

  /** Returns an address that was found, with the port that is written or found. */
  static InetSocketAddress address(EndpointConfig written, Found found) {
    return new InetSocketAddress(
        found.address(), written.isService() ? found.port() : written.port());
  }

  private static boolean isLiteral(String host) {
    return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
  }
}
