package sallyport.loadtest;

import static io.gatling.javaapi.http.HttpDsl.http;

import io.gatling.javaapi.http.HttpProtocolBuilder;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;

/**
 * The kinds of clients.
 *
 * <p>Whether a handshake is resumed follows from who shares a TLS context, for Gatling keeps
 * sessions in it: a virtual user has one of its own, unless connections are shared, and then there
 * is one for all.
 */
final class Clients {
  private Clients() {}

  /** One connection per virtual user, kept open; its handshake is a full one. */
  static HttpProtocolBuilder keepAlive(URI url) {
    return http.baseUrl(url.toString()).disableCaching().disableWarmUp().disableAutoOrigin();
  }

  /**
   * Every request on a connection of its own; the first of a virtual user with a full handshake.
   */
  static HttpProtocolBuilder newConnections(URI url) {
    return keepAlive(url).header("Connection", "close");
  }

  /** Every request on a connection of its own, which resumes a session that another one left. */
  static HttpProtocolBuilder resuming(URI url) {
    return newConnections(url).shareConnections();
  }

  /** One HTTP/2 connection per virtual user, by ALPN. */
  static HttpProtocolBuilder http2(URI url) {
    return keepAlive(url).enableHttp2();
  }

  /** One connection per virtual user, at the listener that demands client certificates. */
  static HttpProtocolBuilder mutual(URI listener, String name) {
    if (name.isEmpty()) {
      return keepAlive(listener);
    }
    try {
      String address = InetAddress.getByName(listener.getHost()).getHostAddress();
      return keepAlive(URI.create("https://" + name + ":" + listener.getPort()))
          .hostNameAliases(Map.of(name, List.of(address)));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("no host " + listener.getHost(), e);
    }
  }
}
