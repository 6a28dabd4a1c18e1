package sallyport.http.forwarded;

import static sallyport.http.forwarded.ForwardedNames.FORWARDED;
import static sallyport.http.forwarded.ForwardedNames.X_FORWARDED_FOR;
import static sallyport.http.forwarded.ForwardedNames.X_FORWARDED_HOST;
import static sallyport.http.forwarded.ForwardedNames.X_FORWARDED_PORT;
import static sallyport.http.forwarded.ForwardedNames.X_FORWARDED_PROTO;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sallyport.http.ReceivedVersion;
import sallyport.http.request.Authority;
import sallyport.net.ClientIdentity;

/**
 * Forwarding fields of requests to backends: X-Forwarded-For, -Proto, -Host and -Port, Forwarded
 * (RFC 7239) and Via (RFC 9110 section 7.6.3). Both kinds say the same.
 *
 * <p>Values of untrusted clients are overwritten; values of trusted proxies ({@link
 * ProxyStatement}) is kept and appended to, and both kinds are written from it. The fields that
 * tell who a client is by its certificate (X-Forwarded-Client-Cert, and Client-Cert of RFC 9440)
 * are always set by the gateway. One object a client connection: the values are computed once a
 * host, not once a request, unless a trusted proxy has sent some. Every call must run on the event
 * loop of the connection.
 */
public final class ForwardedHeaders {
  private static final AsciiString VIA = AsciiString.cached("via");

  private static final String HTTPS = "https";

  private final IdentityFields identityFields;
  private final boolean trusted;
  private final Predicate<InetAddress> trustedProxies;
  private final String clientAddress;
  private final String forNode;
  private final int port;

  /** The scheme of requests over this connection. */
  private final String scheme;

  /** Fields with the identity of the client by its certificate. */
  private final Map<AsciiString, String> identity;

  private @Nullable String lastHost;
  private String lastForwarded = "";
  private String lastPort = "";

  /**
   * For all requests of this connection.
   *
   * @param identityFields what clients of its listener may not send
   * @param trustedProxies whose word counts
   */
  public ForwardedHeaders(
      ConnectionInfo connection,
      IdentityFields identityFields,
      Predicate<InetAddress> trustedProxies) {
    this.identityFields = identityFields;
    this.trusted = connection.trustedProxy();
    this.trustedProxies = trustedProxies;
    InetAddress address = connection.client().getAddress();
    this.clientAddress = NetUtil.toAddressString(address);
    this.forNode = clientAddress.indexOf(':') >= 0 ? "\"[" + clientAddress + "]\"" : clientAddress;
    this.port = connection.port();
    this.scheme = connection.scheme();
    ClientIdentity client = connection.proof().identity();
    this.identity = client == null ? Map.of() : client.fields();
  }

  /** Returns whether the requests of this connection come from a trusted proxy. */
  public boolean areOfTrustedProxy() {
    return trusted;
  }

  /**
   * Writes the fields into a request that goes to a backend.
   *
   * @param host the host as the client has written it; empty where it has named none, and then none
   *     is told
   */
  public void apply(HttpHeaders headers, String host) {
    identityFields.strip(headers, trusted);
    if (!identity.isEmpty()) {
      identity.forEach(headers::set);
    }
    ProxyStatement said = trusted ? ProxyStatement.read(headers, trustedProxies) : null;
    if (said != null) {
      continueFrom(said, headers, host);
      return;
    }
    if (!host.equals(lastHost)) {
      remember(host);
    }
    headers.set(X_FORWARDED_FOR, clientAddress);
    headers.set(FORWARDED, lastForwarded);
    write(headers, scheme, host, lastPort);
  }

  /**
   * Adds our Via to a message.
   *
   * @param received how it came
   */
  public static void applyVia(HttpHeaders headers, ReceivedVersion received) {
    append(headers, VIA, received.via());
  }

  private void remember(String host) {
    int usedPort = portOf(host, port);
    lastHost = host;
    lastPort = Integer.toString(usedPort);
    lastForwarded = "for=" + forNode + asked(scheme, host, usedPort);
  }

  /**
   * Writes the values of trusted proxies, and appends the hop from the last proxy to the gateway.
   */
  private void continueFrom(ProxyStatement said, HttpHeaders headers, String ownHost) {
    String proto = said.proto() == null ? scheme : said.proto();
    String host = said.host() == null ? ownHost : said.host();
    // Who describes how the client asked, and names no port, means that of the scheme.
    boolean described = said.proto() != null || said.host() != null;
    int fallback = described ? defaultPort(proto) : port;
    int usedPort = portOf(host, said.port() > 0 ? said.port() : fallback);
    String asked = asked(proto, host, usedPort);
    StringBuilder forwardedFor = new StringBuilder();
    StringBuilder forwarded = new StringBuilder();
    for (int i = 0; i < said.hops().size(); i++) {
      ProxyStatement.Hop hop = said.hops().get(i);
      forwardedFor.append(hop.text()).append(", ");
      forwarded
          .append("for=")
          .append(hop.node())
          .append(hop.by() == null ? "" : ";by=" + hop.by())
          .append(i == said.clientHop() ? asked : "")
          .append(", ");
    }
    forwarded.append("for=").append(forNode).append(said.hops().isEmpty() ? asked : "");
    headers.set(X_FORWARDED_FOR, forwardedFor.append(clientAddress).toString());
    headers.set(FORWARDED, forwarded.toString());
    write(headers, proto, host, Integer.toString(usedPort));
  }

  private static void write(HttpHeaders headers, String proto, String host, String port) {
    headers.set(X_FORWARDED_PROTO, proto);
    if (host.isEmpty()) {
      headers.remove(X_FORWARDED_HOST);
    } else {
      headers.set(X_FORWARDED_HOST, host);
    }
    headers.set(X_FORWARDED_PORT, port);
  }

  /** Returns the parameters host and proto of Forwarded. */
  private static String asked(String proto, String host, int port) {
    if (host.isEmpty()) {
      return ";proto=" + proto;
    }
    String whole = portOf(host, -1) < 0 && port != defaultPort(proto) ? host + ":" + port : host;
    // A port makes the host a quoted-string: a colon is not a token character.
    return ";host=" + (whole.indexOf(':') >= 0 ? "\"" + whole + "\"" : whole) + ";proto=" + proto;
  }

  private static int portOf(String host, int otherwise) {
    Authority authority = host.isEmpty() ? null : Authority.parse(host);
    return authority == null || authority.port() < 0 ? otherwise : authority.port();
  }

  private static int defaultPort(String proto) {
    return proto.equals(HTTPS) ? 443 : 80;
  }

  private static void append(HttpHeaders headers, AsciiString name, String value) {
    List<String> present = headers.getAll(name);
    headers.set(name, present.isEmpty() ? value : String.join(", ", present) + ", " + value);
  }
}
