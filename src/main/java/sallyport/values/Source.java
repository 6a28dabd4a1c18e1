package sallyport.values;

import java.net.InetAddress;

/**
 * Source of connections and requests: an IPv4 address, or the first 64 bits of an IPv6 address. A
 * host with one address of such a network has all of them.
 */
public final class Source {
  private Source() {}

  /** Returns the first 8 octets of an address, which stand for its source. */
  public static long of(InetAddress address) {
    byte[] bytes = address.getAddress();
    long key = 0;
    for (int i = 0; i < Math.min(bytes.length, 8); i++) {
      key = key << 8 | (bytes[i] & 0xff);
    }
    return key;
  }
}
