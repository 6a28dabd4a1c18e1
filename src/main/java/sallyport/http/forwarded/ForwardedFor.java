package sallyport.http.forwarded;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sallyport.net.Peers;
import sallyport.values.ClientAddress;

/**
 * Resolver of the client of each request on one connection. On a connection of a trusted proxy it
 * is the client of the {@link ProxyStatement}: the last address that is not of a trusted proxy,
 * since clients control the values before it; where all are trusted, the first. Anything that is
 * not an address ends the search, and the address behind it counts.
 *
 * <p>For logs, and for the choice of an endpoint. Any thread.
 */
public final class ForwardedFor {
  private final ClientAddress connection;
  private final @Nullable Predicate<InetAddress> trusted;

  /**
   * @param trusted the proxies that may speak for others
   */
  public ForwardedFor(Peers peers, Predicate<InetAddress> trusted) {
    this.connection = peers.address();
    this.trusted = trusted.test(peers.client().getAddress()) ? trusted : null;
  }

  /** Returns the client of the connection itself. */
  public ClientAddress connection() {
    return connection;
  }

  /** Returns the client of a request. */
  public ClientAddress client(HttpHeaders headers) {
    ProxyStatement said = trusted == null ? null : ProxyStatement.read(headers, trusted);
    InetSocketAddress client = said == null ? null : said.client();
    if (client == null) {
      return connection;
    }
    InetSocketAddress proxy = connection.proxy();
    return new ClientAddress(client, proxy == null ? connection.client() : proxy);
  }
}
