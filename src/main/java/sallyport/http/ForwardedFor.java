package sallyport.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the client of each request on one connection. Where the connection is of a trusted proxy,
 * that is the last address of X-Forwarded-For that is not a trusted proxy: what stands before it
 * was told by somebody untrusted. Where all are trusted, it is the first. Anything that is no
 * address ends the search, and the address behind it counts.
 *
 * <p>For logs alone. Any thread.
 */
public final class ForwardedFor {
  private static final String NAME = "x-forwarded-for";

  private final ClientAddress connection;
  private final @Nullable Predicate<InetAddress> trusted;

  /**
   * @param trusted the proxies that may speak for others
   */
  public ForwardedFor(Peers peers, Predicate<InetAddress> trusted) {
    this.connection = peers.address();
    this.trusted = trusted.test(peers.client().getAddress()) ? trusted : null;
  }

  /** Who the connection itself is from. */
  public ClientAddress connection() {
    return connection;
  }

  /** Who a request is from. */
  public ClientAddress client(HttpHeaders headers) {
    if (trusted == null) {
      return connection;
    }
    InetSocketAddress found = last(headers.getAll(NAME), trusted);
    if (found == null) {
      return connection;
    }
    InetSocketAddress proxy = connection.proxy();
    return new ClientAddress(found, proxy == null ? connection.client() : proxy);
  }

  private static @Nullable InetSocketAddress last(
      List<String> fields, Predicate<InetAddress> trusted) {
    InetSocketAddress found = null;
    for (int i = fields.size() - 1; i >= 0; i--) {
      String field = fields.get(i);
      int end = field.length();
      while (end >= 0) {
        int comma = field.lastIndexOf(',', end - 1);
        InetSocketAddress address = parse(field.substring(comma + 1, end).strip());
        if (address == null) {
          return found;
        }
        found = address;
        if (!trusted.test(address.getAddress())) {
          return found;
        }
        end = comma;
      }
    }
    return found;
  }

  /** An address, with or without a port; IPv6 with or without brackets. */
  private static @Nullable InetSocketAddress parse(String text) {
    String host = text;
    String port = "";
    int bracket = text.indexOf(']');
    int colon = text.indexOf(':');
    if (text.startsWith("[") && bracket > 0) {
      host = text.substring(1, bracket);
      port = text.substring(bracket + 1);
    } else if (colon > 0 && colon == text.lastIndexOf(':')) {
      host = text.substring(0, colon);
      port = text.substring(colon);
    }
    try {
      return new InetSocketAddress(InetAddress.ofLiteral(host), port(port));
    } catch (IllegalArgumentException notAnAddress) {
      return null;
    }
  }

  private static int port(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    if (text.length() < 2 || text.length() > 6 || text.charAt(0) != ':') {
      throw new IllegalArgumentException("not a port");
    }
    return Integer.parseInt(text, 1, text.length(), 10);
  }
}
