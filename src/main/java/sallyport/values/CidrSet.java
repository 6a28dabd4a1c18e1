package sallyport.values;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A set of address ranges such as {@code 10.0.0.0/8} or {@code fd00::/8}; often empty. */
public final class CidrSet {
  /** Contains nothing. */
  public static final CidrSet NONE = new CidrSet(List.of());

  private static final class Range {
    private final byte[] network;
    private final int bits;

    Range(byte[] network, int bits) {
      this.network = network;
      this.bits = bits;
    }

    boolean contains(Range other) {
      return bits <= other.bits && contains(other.network);
    }

    boolean contains(byte[] address) {
      if (address.length != network.length) {
        return false;
      }
      int whole = bits / 8;
      for (int i = 0; i < whole; i++) {
        if (address[i] != network[i]) {
          return false;
        }
      }
      int rest = bits % 8;
      int mask = 0xff << (8 - rest);
      return rest == 0 || (address[whole] & mask) == (network[whole] & mask);
    }

    @Override
    public String toString() {
      try {
        return InetAddress.getByAddress(network).getHostAddress() + "/" + bits;
      } catch (UnknownHostException wrongLength) {
        throw new IllegalStateException(wrongLength);
      }
    }
  }

  private final List<Range> ranges;

  private CidrSet(List<Range> ranges) {
    this.ranges = ranges;
  }

  /**
   * @param texts addresses or ranges in CIDR notation, never names
   * @throws IllegalArgumentException naming the first text that is not one
   */
  public static CidrSet of(List<String> texts) {
    List<Range> ranges = new ArrayList<>();
    for (String text : texts) {
      ranges.add(parse(text));
    }
    return ranges.isEmpty() ? NONE : new CidrSet(List.copyOf(ranges));
  }

  private static Range parse(String text) {
    int slash = text.indexOf('/');
    byte[] network;
    try {
      network = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash)).getAddress();
    } catch (IllegalArgumentException notAnAddress) {
      throw new IllegalArgumentException(
          "'" + text + "' is not an address or a range such as 10.0.0.0/8", notAnAddress);
    }
    int size = network.length * 8;
    int bits;
    try {
      bits = slash < 0 ? size : Integer.parseInt(text.substring(slash + 1));
    } catch (NumberFormatException notANumber) {
      bits = -1;
    }
    if (bits < 0 || bits > size) {
      throw new IllegalArgumentException("'" + text + "' needs a prefix length of 0 to " + size);
    }
    return new Range(network, bits);
  }

  /** Whether one of the ranges holds this address. */
  public boolean contains(InetAddress address) {
    if (ranges.isEmpty()) {
      return false;
    }
    byte[] bytes = address.getAddress();
    for (Range range : ranges) {
      if (range.contains(bytes)) {
        return true;
      }
    }
    return false;
  }

  /** The ranges of this set of which no single range of the other holds all, for people. */
  public List<String> beyond(CidrSet other) {
    return ranges.stream()
        .filter(range -> other.ranges.stream().noneMatch(wider -> wider.contains(range)))
        .map(Range::toString)
        .toList();
  }

  /** Whether both hold the same addresses, however they are written. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CidrSet set && beyond(set).isEmpty() && set.beyond(this).isEmpty();
  }

  /** The same for all: equal sets may be written in many ways, and sets are not keys. */
  @Override
  public int hashCode() {
    return 0;
  }
}
