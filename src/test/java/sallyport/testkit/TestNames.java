package sallyport.testkit;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Names that stand for the addresses that a test gives them; all others are the system's, but for
 * {@code .test} (RFC 6761), which it need not be asked for. The JDK caches answers: a name is for
 * one test.
 */
public final class TestNames extends InetAddressResolverProvider {
  private static final Map<String, List<InetAddress>> NAMES = new ConcurrentHashMap<>();

  /** From now on, this name has these literal addresses, in this order. */
  public static void define(String name, String... addresses) {
    NAMES.put(name, Arrays.stream(addresses).map(InetAddress::ofLiteral).toList());
  }

  @Override
  public InetAddressResolver get(Configuration configuration) {
    InetAddressResolver system = configuration.builtinResolver();
    return new InetAddressResolver() {
      @Override
      public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
          throws UnknownHostException {
        List<InetAddress> addresses = NAMES.get(host);
        if (addresses == null && host.endsWith(".test")) {
          throw new UnknownHostException(host);
        }
        return addresses == null ? system.lookupByName(host, policy) : addresses.stream();
      }

      @Override
      public String lookupByAddress(byte[] address) throws UnknownHostException {
        return system.lookupByAddress(address);
      }
    };
  }

  @Override
  public String name() {
    return "names of the tests";
  }
}
