package sallyport.cli.process;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.stream.Collectors;

/** Text of bound addresses, for scripts: {@code http=0.0.0.0:8080 https=[::1]:8443}. */
public final class BoundAddresses {
  private BoundAddresses() {}

  /** Returns names and addresses in one line. */
  public static String toText(Map<String, InetSocketAddress> addresses) {
    return addresses.entrySet().stream()
        .map(bound -> bound.getKey() + "=" + NetUtil.toSocketAddressString(bound.getValue()))
        .collect(Collectors.joining(" "));
  }
}
