package sallyport.values;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;

/** Text of resolved addresses in logs and metrics. */
public final class AddressText {
  private AddressText() {}

  /** Returns {@code ADDRESS:PORT}, IPv6 in brackets and in its short form (RFC 5952). */
  public static String of(InetSocketAddress address) {
    return NetUtil.toSocketAddressString(address);
  }
}
