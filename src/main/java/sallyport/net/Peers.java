package sallyport.net;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import sallyport.values.ClientAddress;

/**
 * Both ends of a client's connection: those of the socket, or those that a trusted proxy in front
 * has sent (PROXY protocol). Limits, logs and identity fields use these.
 *
 * @param client the client
 * @param local where the client reached us, or the proxy
 * @param proxy the other end of the socket, where a proxy has told of the client; else null
 */
public record Peers(
    InetSocketAddress client, InetSocketAddress local, @Nullable InetSocketAddress proxy) {
  private static final AttributeKey<Peers> TOLD = AttributeKey.valueOf(Peers.class, "told");

  /** Returns the ends of a connection. */
  public static Peers of(Channel connection) {
    @Nullable Peers told = connection.attr(TOLD).get();
    return told != null
        ? told
        : new Peers(
            (InetSocketAddress) connection.remoteAddress(),
            (InetSocketAddress) connection.localAddress(),
            /* proxy= */ null);
  }

  /** Returns whether a trusted proxy has told them. */
  public static boolean areTold(Channel connection) {
    return connection.attr(TOLD).get() != null;
  }

  /** Returns the client of this connection, for logs. */
  public static ClientAddress client(Channel connection) {
    return of(connection).address();
  }

  /** Returns the client, for logs. */
  public ClientAddress address() {
    return new ClientAddress(client, proxy);
  }

  /** Sets the ends of a connection, from now on. */
  public static void tell(Channel connection, Peers peers) {
    connection.attr(TOLD).set(peers);
  }
}
