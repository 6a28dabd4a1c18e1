package sallyport.config.backend;

import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.Addresses;
import sallyport.config.address.EndpointAddress;
import sallyport.config.address.HostPort;
import sallyport.config.address.LocalAddress;
import sallyport.config.address.PlainReader;
import sallyport.config.backend.BackendConfig.Balance;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.config.backend.BackendConfig.EndpointsFileConfig;
import sallyport.config.backend.BackendConfig.Security.PlainLocal;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;
import sallyport.values.HostNames;
import sallyport.values.Tokens;

/** Reader of the endpoints of a backend, and of the part of a request that chooses among them. */
final class BalanceReader {
  /** RFC 2782: a service and a protocol, each after an underscore, before the name. */
  private static final Pattern SERVICE_NAME =
      Pattern.compile("_[A-Za-z0-9-]+\\._tcp(\\.[A-Za-z0-9_-]+)+\\.?");

  /** Says why an endpoint may be no service. */
  static final String NO_SERVICES =
      "the operating system resolves no services (srv:); set dns.resolver = dns";

  private BalanceReader() {}

  // ---- endpoints

  /**
   * Reads the endpoints: texts, and objects with an address.
   *
   * @param template what stands in where such an object leaves a key out
   * @param plain if all must be of this machine; null: none may
   */
  static List<EndpointConfig> endpoints(
      ConfigReader in, Config template, @Nullable PlainLocal plain) {
    List<EndpointConfig> endpoints = new ArrayList<>();
    Set<String> addresses = new LinkedHashSet<>();
    List<ConfigReader.Entry> entries = in.entries("endpoints", template);
    for (ConfigReader.Entry entry : entries) {
      EndpointConfig endpoint =
          switch (entry) {
            case ConfigReader.Entry.Text(String text) ->
                endpoint(in, "endpoints", text, plain, 1, /* backup= */ false);
            case ConfigReader.Entry.Section(ConfigReader section) -> endpoint(section, plain);
          };
      if (endpoint != null && !addresses.add(endpoint.toString())) {
        in.problem("endpoints", "'" + endpoint + "' stands there twice");
      } else if (endpoint != null) {
        endpoints.add(endpoint);
      }
    }
    if (entries.isEmpty() && in.has("endpoints")) {
      in.problem("endpoints", "needs at least one HOST:PORT");
    }
    return List.copyOf(endpoints);
  }

  /**
   * Reads the endpoints of a file of their own.
   *
   * @param backend that they join
   * @param template what stands in where an object leaves a key out
   */
  static List<EndpointConfig> beside(
      BackendConfig backend, EndpointsFileConfig file, ConfigReader in, Config template) {
    PlainLocal plain = backend.security() instanceof PlainLocal local ? local : null;
    List<EndpointConfig> endpoints = endpoints(in, template, plain);
    for (EndpointConfig endpoint : endpoints) {
      if (backend.endpoints().stream().anyMatch(each -> isSameAddress(each, endpoint))) {
        in.problem("endpoints", "'" + endpoint + "' is one of the configuration already");
      }
      if (endpoint.isService() && !file.services()) {
        in.problem("endpoints", NO_SERVICES);
      }
    }
    List<EndpointConfig> all = new ArrayList<>(backend.endpoints());
    all.addAll(endpoints);
    checkBackups(in, all);
    return endpoints;
  }

  private static boolean isSameAddress(EndpointConfig one, EndpointConfig other) {
    return one.toString().equals(other.toString());
  }

  /** Adds a problem where all endpoints are backups. */
  static void checkBackups(ConfigReader in, List<EndpointConfig> endpoints) {
    if (!endpoints.isEmpty() && endpoints.stream().allMatch(EndpointConfig::backup)) {
      in.problem(
          "endpoints",
          "all have backup = true; leave that out of those that serve in normal times");
    }
  }

  private static @Nullable EndpointConfig endpoint(ConfigReader in, @Nullable PlainLocal plain) {
    int weight = Limits.of(EndpointConfig.class).count("weight", in);
    boolean backup = in.bool("backup");
    String address = in.string("address");
    EndpointConfig endpoint =
        address.isEmpty() ? null : endpoint(in, "address", address, plain, weight, backup);
    in.finish();
    return endpoint;
  }

  private static @Nullable EndpointConfig endpoint(
      ConfigReader in,
      String key,
      String text,
      @Nullable PlainLocal plain,
      int weight,
      boolean backup) {
    if (plain != null) {
      EndpointAddress local = local(in, key, text, plain);
      return local == null ? null : new EndpointConfig(local, weight, backup);
    }
    if (LocalAddress.isUnix(text)) {
      in.problem(key, "'" + text + "' is a Unix socket, which has no TLS: it needs plain = local");
      return null;
    }
    if (text.startsWith(EndpointAddress.Service.PREFIX)) {
      return service(in, key, text, weight, backup);
    }
    HostPort parts = Addresses.parse(text);
    if (parts != null && parts.port() > 0) {
      return new EndpointConfig(
          new EndpointAddress.Host(parts.host(), parts.port()), weight, backup);
    }
    in.problem(
        key,
        text.contains("://")
            ? "'"
                + text
                + "' is a URL; write HOST:PORT. Backends are reached over TLS; plain HTTP never"
                + " leaves this machine (docs/legacy.md)"
            : "must be HOST:PORT such as legacy.internal:9443, is '" + text + "'");
    return null;
  }

  private static @Nullable EndpointAddress local(
      ConfigReader in, String key, String text, PlainLocal plain) {
    try {
      return switch (LocalAddress.parse(text)) {
        case LocalAddress.Loopback(String host, int port) -> {
          if (port == 0) {
            in.problem(key, "'" + text + "' needs a port of 1 to 65535");
            yield null;
          }
          yield new EndpointAddress.Host(host, port);
        }
        case LocalAddress.UnixSocket socket -> {
          String problem = PlainReader.problem(socket, plain.peerUser());
          if (problem != null) {
            in.problem(key, "'" + text + "': " + problem);
          }
          yield socket;
        }
      };
    } catch (IllegalArgumentException notLocal) {
      in.problem(key, "with plain = local, " + notLocal.getMessage());
      return null;
    }
  }

  private static @Nullable EndpointConfig service(
      ConfigReader in, String key, String text, int weight, boolean backup) {
    String name = text.substring(EndpointAddress.Service.PREFIX.length());
    if (SERVICE_NAME.matcher(name).matches()) {
      return new EndpointConfig(
          new EndpointAddress.Service(HostNames.withoutRoot(name)), weight, backup);
    }
    in.problem(
        key,
        "must be srv:_SERVICE._tcp.NAME such as srv:_imaging._tcp.clinic.internal, is '"
            + text
            + "'");
    return null;
  }

  // ---- hash

  /**
   * Reads what is hashed.
   *
   * @param in the section {@code hash}
   * @return null where requests are balanced without a hash
   */
  static @Nullable HashConfig hash(ConfigReader backend, ConfigReader in, Balance balance) {
    List<HashConfig> parts = new ArrayList<>();
    if (in.has("header")) {
      parts.add(new HashConfig.Header(token(in, "header").toLowerCase(Locale.ROOT)));
    }
    if (in.has("cookie")) {
      parts.add(new HashConfig.Cookie(token(in, "cookie")));
    }
    if (in.bool("source")) {
      parts.add(new HashConfig.Source());
    }
    in.finish();
    if (balance != Balance.HASH) {
      if (!parts.isEmpty()) {
        backend.problem("hash", "has no effect without balance = hash; set that, or remove hash");
      }
      return null;
    }
    if (parts.size() != 1) {
      backend.problem(
          "hash",
          "needs one of header = NAME, cookie = NAME, source = true, "
              + (parts.isEmpty() ? "has none" : "has " + parts.size()));
      return new HashConfig.Source();
    }
    return parts.getFirst();
  }

  private static String token(ConfigReader in, String key) {
    String name = in.string(key);
    if (!Tokens.isToken(name)) {
      in.problem(key, "must be the name of a " + key + ", is '" + name + "'");
    }
    return name;
  }
}
