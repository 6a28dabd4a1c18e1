package sallyport.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells the backend who asked: X-Forwarded-For, -Proto, -Host and -Port, Forwarded (RFC 7239) and
 * Via (RFC 9110 section 7.6.3).
 *
 * <p>What an untrusted client sent of these is overwritten; what a trusted proxy sent is kept and
 * appended to. The fields that tell who a client is by its certificate (X-Forwarded-Client-Cert,
 * and Client-Cert of RFC 9440) are always the gateway's own. One object a client connection: the
 * values are worked out once a host, not once a request.
 */
public final class ForwardedHeaders {
  private static final AsciiString X_FORWARDED_FOR = AsciiString.cached("x-forwarded-for");
  private static final AsciiString X_FORWARDED_PROTO = AsciiString.cached("x-forwarded-proto");
  private static final AsciiString X_FORWARDED_HOST = AsciiString.cached("x-forwarded-host");
  private static final AsciiString X_FORWARDED_PORT = AsciiString.cached("x-forwarded-port");
  private static final AsciiString FORWARDED = AsciiString.cached("forwarded");
  private static final AsciiString VIA = AsciiString.cached("via");

  private final IdentityFields identityFields;
  private final boolean trusted;
  private final String clientAddress;
  private final String forNode;
  private final String defaultPort;

  /** Who the client is by its certificate. */
  private final Map<AsciiString, String> identity;

  private @Nullable String lastHost;
  private String lastForwarded = "";
  private String lastPort = "";

  /**
   * For all requests of this connection.
   *
   * @param identityFields what clients of its listener may not send
   */
  public ForwardedHeaders(ConnectionFacts facts, IdentityFields identityFields) {
    this.identityFields = identityFields;
    this.trusted = facts.trustedProxy();
    InetAddress address = facts.client().getAddress();
    this.clientAddress = NetUtil.toAddressString(address);
    this.forNode = clientAddress.indexOf(':') >= 0 ? "\"[" + clientAddress + "]\"" : clientAddress;
    this.defaultPort = Integer.toString(facts.local().getPort());
    ClientIdentity client = facts.proof().identity();
    this.identity = client == null ? Map.of() : client.fields();
  }

  /**
   * Writes the fields into a request that goes to a backend.
   *
   * @param host the host as the client has written it; empty where it has named none, and then none
   *     is told
   * @param received how the request came
   */
  public void apply(HttpHeaders headers, String host, ReceivedVersion received) {
    if (!host.equals(lastHost)) {
      remember(host);
    }
    identityFields.strip(headers, trusted);
    if (!identity.isEmpty()) {
      identity.forEach(headers::set);
    }
    if (trusted) {
      append(headers, X_FORWARDED_FOR, clientAddress);
      append(headers, FORWARDED, lastForwarded);
      setIfAbsent(headers, X_FORWARDED_PROTO, "https");
      if (!host.isEmpty()) {
        setIfAbsent(headers, X_FORWARDED_HOST, host);
      }
      setIfAbsent(headers, X_FORWARDED_PORT, lastPort);
    } else {
      headers.set(X_FORWARDED_FOR, clientAddress);
      headers.set(FORWARDED, lastForwarded);
      headers.set(X_FORWARDED_PROTO, "https");
      if (host.isEmpty()) {
        headers.remove(X_FORWARDED_HOST);
      } else {
        headers.set(X_FORWARDED_HOST, host);
      }
      headers.set(X_FORWARDED_PORT, lastPort);
    }
    append(headers, VIA, received.via());
  }

  /**
   * Adds our Via to a response.
   *
   * @param received how the response came
   */
  public static void applyVia(HttpHeaders headers, ReceivedVersion received) {
    append(headers, VIA, received.via());
  }

  private void remember(String host) {
    Authority authority = Authority.parse(host);
    int port = authority == null ? -1 : authority.port();
    lastHost = host;
    lastPort = port >= 0 ? Integer.toString(port) : defaultPort;
    // A port makes the host a quoted-string: a colon is not a token character.
    String quoted = host.indexOf(':') >= 0 ? "\"" + host + "\"" : host;
    lastForwarded = "for=" + forNode + (host.isEmpty() ? "" : ";host=" + quoted) + ";proto=https";
  }

  private static void append(HttpHeaders headers, AsciiString name, String value) {
    List<String> present = headers.getAll(name);
    headers.set(name, present.isEmpty() ? value : String.join(", ", present) + ", " + value);
  }

  private static void setIfAbsent(HttpHeaders headers, AsciiString name, String value) {
    if (!headers.contains(name)) {
      headers.set(name, value);
    }
  }
}
