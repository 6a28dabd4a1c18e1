package sallyport.tls.clients;

import io.netty.channel.Channel;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import sallyport.net.Connections;

/** The connections of clients that showed a certificate, so that they can be cut. Any thread. */
final class AuthenticatedConnections {
  /** A connection and its client's chain. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Live(Channel connection, X509Certificate[] chain) {}

  private final Map<Channel, Live> all = new ConcurrentHashMap<>();

  void add(Channel connection, X509Certificate[] chain) {
    all.put(connection, new Live(connection, chain));
    connection.closeFuture().addListener(closed -> all.remove(connection));
  }

  /** Cuts those whose client this is true of; what they carry ends with them. */
  void cut(Predicate<Live> which) {
    for (Live live : all.values()) {
      if (which.test(live)) {
        Connections.cut(live.connection());
      }
    }
  }
}
