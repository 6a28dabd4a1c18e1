package sallyport.config.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.Addresses;
import sallyport.config.address.HostPort;
import sallyport.config.dns.DnsConfig.Resolver;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;
import sallyport.values.DurationText;

/** Reader of the section {@code dns}. */
public final class DnsReader {
  /** The port of DNS (RFC 1035 section 4.2). */
  private static final int PORT = 53;

  private DnsReader() {}

  /** Reads the section. */
  public static DnsConfig read(ConfigReader in) {
    Map<String, Resolver> resolvers = new LinkedHashMap<>();
    resolvers.put("dns", Resolver.DNS);
    resolvers.put("system", Resolver.SYSTEM);
    Limits limits = Limits.of(DnsConfig.class);
    DnsConfig dns =
        new DnsConfig(
            in.choice("resolver", resolvers),
            servers(in),
            limits.duration("least", in),
            limits.duration("most", in),
            limits.duration("timeout", in));
    if (dns.most().compareTo(dns.least()) < 0) {
      in.problem(
          "most",
          "must not be shorter than least, %s, is %s"
              .formatted(
                  DurationText.of(dns.least(), DurationText.Unit.values()),
                  DurationText.of(dns.most(), DurationText.Unit.values())));
    }
    if (dns.resolver() == Resolver.SYSTEM && !dns.servers().isEmpty()) {
      in.problem("servers", "has no effect with resolver = system; remove one of both");
    }
    in.finish();
    return dns;
  }

  private static List<InetSocketAddress> servers(ConfigReader in) {
    List<InetSocketAddress> servers = new ArrayList<>();
    for (String text : in.strings("servers")) {
      InetSocketAddress server = server(text);
      if (server == null) {
        in.problem(
            "servers", "must be ADDRESS or ADDRESS:PORT such as 10.0.0.2:53, is '" + text + "'");
      } else {
        servers.add(server);
      }
    }
    return List.copyOf(servers);
  }

  private static @Nullable InetSocketAddress server(String text) {
    InetAddress alone = literal(text);
    if (alone != null) {
      return new InetSocketAddress(alone, PORT);
    }
    HostPort parts = Addresses.parse(text);
    InetAddress address = parts == null ? null : literal(parts.host());
    return parts == null || address == null || parts.port() == 0
        ? null
        : new InetSocketAddress(address, parts.port());
  }

  private static @Nullable InetAddress literal(String text) {
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException aName) {
      return null;
    }
  }
}
