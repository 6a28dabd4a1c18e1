package sallyport.tls.clients;

import io.netty.channel.Channel;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import sallyport.net.Connections;

/**
 * Open connections of clients that showed a certificate, so that they can be cut.
 *
 * <p>Any thread.
 */
final class AuthenticatedConnections {
  /** A connection and its client's chain. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Client(Channel connection, X509Certificate[] chain) {}

  private final Map<Channel, Client> all = new ConcurrentHashMap<>();

  void add(Channel connection, X509Certificate[] chain) {
    all.put(connection, new Client(connection, chain));
    connection.closeFuture().addListener(closed -> all.remove(connection));
  }

  /** Cuts the connections to which this applies; what they carry ends with them. */
  void cut(Predicate<Client> which) {
    for (Client client : all.values()) {
      if (which.test(client)) {
        Connections.cut(client.connection());
      }
    }
  }
}
