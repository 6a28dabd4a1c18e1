package sallyport.net.transport;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * Resolver of names as the operating system resolves them (hosts file, search domains and all), on
 * a virtual thread, because {@link InetAddress#getAllByName} blocks and an event loop must not. The
 * JDK caches the answers.
 */
public final class OffLoopResolver {
  private OffLoopResolver() {}

  /**
   * Resolves a name that is not a literal address.
   *
   * @param loop on which the result is told
   * @param port of each address
   * @return all addresses, IPv4 and IPv6, in the order of the system; fails with {@link
   *     UnknownHostException}
   */
  public static Future<List<InetSocketAddress>> resolve(String name, int port, EventExecutor loop) {
    Promise<List<InetSocketAddress>> promise = loop.newPromise();
    Thread.startVirtualThread(
        () -> {
          try {
            promise.trySuccess(
                Arrays.stream(InetAddress.getAllByName(name))
                    .map(address -> new InetSocketAddress(address, port))
                    .toList());
          } catch (UnknownHostException unknown) {
            promise.tryFailure(unknown);
          }
        });
    return promise;
  }
}
