package sallyport.net;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import sallyport.values.ClientAddress;

/**
 * Both ends of a client's connection: of the socket, or of the PROXY protocol header of a trusted
 * proxy. Immutable.
 *
 * @param client address of the client
 * @param local address that the client connected to, of the gateway or of the proxy
 * @param proxy other end of the socket if a proxy has named the client; else null
 */
public record Peers(
    InetSocketAddress client, InetSocketAddress local, @Nullable InetSocketAddress proxy) {
  private static final AttributeKey<Peers> FROM_PROXY =
      AttributeKey.valueOf(Peers.class, "from-proxy");

  /** Returns the ends of a connection. */
  public static Peers of(Channel connection) {
    @Nullable Peers named = connection.attr(FROM_PROXY).get();
    return named != null
        ? named
        : new Peers(
            (InetSocketAddress) connection.remoteAddress(),
            (InetSocketAddress) connection.localAddress(),
            /* proxy= */ null);
  }

  /** Returns whether a trusted proxy has named the ends of a connection. */
  public static boolean areFromProxy(Channel connection) {
    return connection.attr(FROM_PROXY).get() != null;
  }

  /** Returns the client of a connection, for logs. */
  public static ClientAddress client(Channel connection) {
    return of(connection).address();
  }

  /** Returns the client, for logs. */
  public ClientAddress address() {
    return new ClientAddress(client, proxy);
  }

  /** Sets the ends of a connection as a trusted proxy has named them. */
  public static void set(Channel connection, Peers peers) {
    connection.attr(FROM_PROXY).set(peers);
  }
}
