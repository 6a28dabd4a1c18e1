package sallyport.http.forwarded;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sallyport.http.request.Authority;

/**
 * Forwarding information from the proxies in front of the gateway, read from one kind of fields
 * alone: X-Forwarded-For, -Proto, -Host and -Port if any of them is present, else Forwarded (RFC
 * 7239). A proxy that writes only one kind lets a client's own fields of the other kind pass.
 *
 * <p>Of several values of a scheme or a host the one counts that the outermost trusted proxy has
 * said: what stands to the left of it, a client may have sent.
 *
 * @param hops those who asked, the outermost first; perhaps empty
 * @param clientHop which of them asked the outermost trusted proxy; -1 where there are none
 * @param proto in lower case; null where nothing valid was said
 * @param host with its port where one was said; null where nothing valid was said
 * @param port 1 to 65535; -1 where nothing valid was said
 */
record ProxyStatement(
    List<Hop> hops, int clientHop, @Nullable String proto, @Nullable String host, int port) {

  /**
   * One hop of the request.
   *
   * @param text as X-Forwarded-For has it
   * @param node as {@code for} of Forwarded has it
   * @param by the same of the one who was asked; null where it was not said
   * @param address with port 0 where none was said; null where the text has none
   */
  record Hop(String text, String node, @Nullable String by, @Nullable InetSocketAddress address) {}

  /** A client that asked by a WebSocket's scheme did so over HTTP with or without TLS. */
  private static final Map<String, String> PROTOS =
      Map.of("http", "http", "https", "https", "ws", "http", "wss", "https");

  private static final String UNKNOWN = "unknown";

  private static final Pattern OBFUSCATED = Pattern.compile("_[A-Za-z0-9._-]+");

  /**
   * Reads the fields of a request that came from a trusted proxy.
   *
   * @param trusted whether the word of an address counts
   * @return null when it says nothing
   */
  static @Nullable ProxyStatement read(HttpHeaders headers, Predicate<InetAddress> trusted) {
    if (headers.contains(ForwardedNames.X_FORWARDED_FOR)
        || headers.contains(ForwardedNames.X_FORWARDED_PROTO)
        || headers.contains(ForwardedNames.X_FORWARDED_HOST)
        || headers.contains(ForwardedNames.X_FORWARDED_PORT)) {
      return ofXForwarded(headers, trusted);
    }
    List<String> forwarded = headers.getAll(ForwardedNames.FORWARDED);
    List<Map<String, String>> elements =
        forwarded.isEmpty() ? List.of() : ForwardedElements.parse(String.join(",", forwarded));
    return elements.isEmpty() ? null : ofForwarded(elements, trusted);
  }

  /** Returns the address of the client of the outermost trusted proxy; null where it is unknown. */
  @Nullable InetSocketAddress client() {
    for (Hop hop : hops.subList(Math.max(0, clientHop), hops.size())) {
      if (hop.address() != null) {
        return hop.address();
      }
    }
    return null;
  }

  // ---- X-Forwarded-*

  private static ProxyStatement ofXForwarded(HttpHeaders headers, Predicate<InetAddress> trusted) {
    List<Hop> hops =
        values(headers, ForwardedNames.X_FORWARDED_FOR).stream()
            .map(
                text -> {
                  InetSocketAddress address = address(text);
                  return new Hop(text, node(address, text), null, address);
                })
            .toList();
    int clientHop = clientHop(hops, trusted);
    int inner = hops.size() - 1 - clientHop;
    String port = said(values(headers, ForwardedNames.X_FORWARDED_PORT), inner);
    return new ProxyStatement(
        hops,
        clientHop,
        proto(said(values(headers, ForwardedNames.X_FORWARDED_PROTO), inner)),
        host(said(values(headers, ForwardedNames.X_FORWARDED_HOST), inner)),
        port(port));
  }

  private static List<String> values(HttpHeaders headers, CharSequence name) {
    List<String> values = new ArrayList<>();
    for (String line : headers.getAll(name)) {
      for (String value : line.split(",", -1)) {
        if (!value.isBlank()) {
          values.add(value.strip());
        }
      }
    }
    return values;
  }

  /**
   * @param inner how many trusted proxies stand behind the outermost one
   */
  private static @Nullable String said(List<String> values, int inner) {
    return values.isEmpty() ? null : values.get(Math.max(0, values.size() - 1 - inner));
  }

  // ---- Forwarded

  private static ProxyStatement ofForwarded(
      List<Map<String, String>> elements, Predicate<InetAddress> trusted) {
    List<Hop> hops =
        elements.stream()
            .map(
                element -> {
                  String node = element.getOrDefault("for", UNKNOWN);
                  String by = element.get("by");
                  InetSocketAddress address = address(node);
                  return new Hop(
                      address == null
                          ? identifier(node)
                          : NetUtil.toAddressString(address.getAddress()),
                      node(address, node),
                      by == null ? null : node(address(by), by),
                      address);
                })
            .toList();
    int clientHop = clientHop(hops, trusted);
    String proto = null;
    String host = null;
    for (Map<String, String> element : elements.subList(clientHop, elements.size())) {
      proto = proto == null ? proto(element.get("proto")) : proto;
      host = host == null ? host(element.get("host")) : host;
    }
    return new ProxyStatement(hops, clientHop, proto, host, -1);
  }

  // ---- values

  /**
   * Returns the index of the client of the outermost proxy of an unbroken chain of trusted ones.
   */
  private static int clientHop(List<Hop> hops, Predicate<InetAddress> trusted) {
    int hop = hops.size() - 1;
    while (hop > 0) {
      InetSocketAddress address = hops.get(hop).address();
      if (address == null || !trusted.test(address.getAddress())) {
        return hop;
      }
      hop--;
    }
    return hop;
  }

  private static @Nullable String proto(@Nullable String text) {
    return text == null ? null : PROTOS.get(text.toLowerCase(Locale.ROOT));
  }

  private static @Nullable String host(@Nullable String text) {
    return text == null || Authority.parse(text) == null ? null : Authority.withoutEmptyPort(text);
  }

  private static int port(@Nullable String text) {
    if (text == null || !isDigits(text, 0)) {
      return -1;
    }
    int port = Integer.parseInt(text);
    return port >= 1 && port <= 65_535 ? port : -1;
  }

  /** Parses an address with or without a port; IPv6 with or without brackets. */
  private static @Nullable InetSocketAddress address(String text) {
    int portStart = portStart(text);
    InetAddress address = NetUtil.createInetAddressFromIpAddressString(host(text, portStart));
    if (address == null) {
      return null;
    }
    int port = portStart < 0 ? 0 : Integer.parseInt(text.substring(portStart + 1));
    return port > 65_535 ? null : new InetSocketAddress(address, port);
  }

  private static String host(String text, int portStart) {
    String host = portStart < 0 ? text : text.substring(0, portStart);
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  /** Returns where the colon before a port is; -1 where there is no port. */
  private static int portStart(String text) {
    int colon = text.lastIndexOf(':');
    boolean port = colon >= 0 && isDigits(text, colon + 1);
    boolean one = colon == text.indexOf(':') || text.startsWith("[");
    return port && one && text.charAt(Math.max(0, colon - 1)) != '[' ? colon : -1;
  }

  /** Returns whether a text has one to five digits, and nothing else. */
  private static boolean isDigits(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return text.length() > from && text.length() <= from + 5;
  }

  /** Returns the node of RFC 7239 section 6, quoted if necessary. */
  private static String node(@Nullable InetSocketAddress address, String text) {
    if (address == null) {
      return identifier(text);
    }
    String host = NetUtil.toAddressString(address.getAddress());
    String node =
        (host.indexOf(':') >= 0 ? "[" + host + "]" : host)
            + (address.getPort() == 0 ? "" : ":" + address.getPort());
    return node.indexOf(':') >= 0 ? "\"" + node + "\"" : node;
  }

  /** Returns an obfuscated identifier as it is; {@code unknown} for an invalid node. */
  private static String identifier(String text) {
    return text.startsWith("_") && OBFUSCATED.matcher(text).matches() ? text : UNKNOWN;
  }
}
