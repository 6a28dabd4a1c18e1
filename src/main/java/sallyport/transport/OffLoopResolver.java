package sallyport.transport;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Resolves names as the operating system does (hosts file, search domains and all), on a virtual
 * thread, because {@link InetAddress#getAllByName} blocks and an event loop must not. Literal
 * addresses never get here. The JDK caches the answers.
 */
public final class OffLoopResolver extends AddressResolverGroup<InetSocketAddress> {
  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor loop) {
    return new Names(loop).asAddressResolver();
  }

  private static final class Names extends InetNameResolver {
    Names(EventExecutor loop) {
      super(loop);
    }

    @Override
    protected void doResolve(String name, Promise<InetAddress> promise) {
      Thread.startVirtualThread(
          () -> {
            try {
              promise.trySuccess(InetAddress.getByName(name));
            } catch (UnknownHostException unknown) {
              promise.tryFailure(unknown);
            }
          });
    }

    @Override
    protected void doResolveAll(String name, Promise<List<InetAddress>> promise) {
      Thread.startVirtualThread(
          () -> {
            try {
              promise.trySuccess(List.of(InetAddress.getAllByName(name)));
            } catch (UnknownHostException unknown) {
              promise.tryFailure(unknown);
            }
          });
    }
  }
}
