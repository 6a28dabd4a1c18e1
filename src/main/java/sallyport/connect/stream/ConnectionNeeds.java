package sallyport.connect.stream;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Requirements of an exchange on a connection.
 *
 * @param webSocket whether it asks to change to WebSocket
 * @param client whose request it is; null: the gateway's own
 * @param local where the client reached us; null where there is no client
 * @param pinned whether the connection is for this client's connection alone: HTTP/1.1 only
 */
public record ConnectionNeeds(
    boolean webSocket,
    @Nullable InetSocketAddress client,
    @Nullable InetSocketAddress local,
    boolean pinned) {
  /** Requirements of the gateway's own connections. */
  public static final ConnectionNeeds OWN = new ConnectionNeeds(false, null, null, false);
}
