package sallyport.connect.endpoint;

import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import sallyport.cluster.Endpoint;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.net.names.Answer.Found;
import sallyport.net.names.Names;
import sallyport.net.names.Question;

/** Addresses of endpoints. Any thread. */
public final class Addresses {
  /** Resolver of addresses. */
  public interface Resolver {
    /** Returns all addresses of an endpoint, in order; at least one, or a failure. */
    Future<List<InetSocketAddress>> resolve(EventLoop loop, Endpoint endpoint);
  }

  private Addresses() {}

  /**
   * Returns a resolver that answers with the address that an endpoint stands for: a literal one
   * unchanged, one of a name, or all addresses of the name.
   *
   * @param names watches the name for this backend
   */
  public static Resolver by(Names names) {
    return (loop, endpoint) -> resolve(names, loop, endpoint);
  }

  private static Future<List<InetSocketAddress>> resolve(
      Names names, EventLoop loop, Endpoint endpoint) {
    InetSocketAddress resolved = endpoint.resolved();
    if (resolved != null) {
      return loop.newSucceededFuture(List.of(resolved));
    }
    EndpointConfig written = endpoint.written();
    if (isLiteral(written.host())) {
      return loop.newSucceededFuture(
          List.of(new InetSocketAddress(InetAddress.ofLiteral(written.host()), written.port())));
    }
    Promise<List<InetSocketAddress>> addresses = loop.newPromise();
    names
        .first(question(written), loop)
        .addListener(
            (Future<List<Found>> found) -> {
              if (found.isSuccess()) {
                addresses.trySuccess(
                    found.getNow().stream().map(each -> address(written, each)).toList());
              } else {
                addresses.tryFailure(found.cause());
              }
            });
    return addresses;
  }

  /** Returns the question for an endpoint that is written as a name. */
  static Question question(EndpointConfig written) {
    String name = written.host().toLowerCase(Locale.ROOT);
    return written.isService() ? new Question.Service(name) : new Question.Host(name);
  }

  /** Returns an address that was found, with the port that is written or found. */
  static InetSocketAddress address(EndpointConfig written, Found found) {
    return new InetSocketAddress(
        found.address(), written.isService() ? found.port() : written.port());
  }

  /** Returns whether a host is written as an address. */
  public static boolean isLiteral(String host) {
    return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
  }
}
