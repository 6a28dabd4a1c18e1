package sallyport.config.backend;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.PeerNames;
import sallyport.config.address.PeerNames.Kind;
import sallyport.config.backend.BackendConfig.Balance;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.config.backend.BackendConfig.EndpointsFileConfig;
import sallyport.config.backend.BackendConfig.Protocol;
import sallyport.config.backend.BackendConfig.ProxyProtocol;
import sallyport.config.backend.UpstreamTlsConfig.WhenNotAsked;
import sallyport.config.backend.sticky.StickyReader;
import sallyport.config.certificate.CertificateReader;
import sallyport.config.certificate.RevocationReader;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.health.HealthReader;
import sallyport.config.http.PingsConfig;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;
import sallyport.config.tls.PolicyName;
import sallyport.values.DurationText;

/** Reader of a backend. */
public final class BackendReader {
  private static final String PIN = "sha256/";

  private BackendReader() {}

  /**
   * Reads a backend.
   *
   * @param endpoint what stands in where an endpoint that is an object leaves a key out
   * @param services whether the resolver knows services
   */
  public static BackendConfig read(
      String name, ConfigReader in, Config endpoint, boolean services) {
    Map<String, Balance> balances = new LinkedHashMap<>();
    balances.put("round-robin", Balance.ROUND_ROBIN);
    balances.put("least-requests", Balance.LEAST_REQUESTS);
    balances.put("hash", Balance.HASH);
    Balance balance = in.choice("balance", balances);
    Map<String, Protocol> protocols = new LinkedHashMap<>();
    protocols.put("auto", Protocol.AUTO);
    protocols.put("http1", Protocol.HTTP1);
    protocols.put("http2", Protocol.HTTP2);
    Map<String, ProxyProtocol> headers = new LinkedHashMap<>();
    headers.put("off", ProxyProtocol.OFF);
    headers.put("v1", ProxyProtocol.V1);
    headers.put("v2", ProxyProtocol.V2);
    BackendConfig backend =
        new BackendConfig(
            name,
            endpoints(in, endpoint),
            endpointsFile(in, services),
            balance,
            BalanceReader.hash(in, in.section("hash"), balance),
            StickyReader.read(in.section("sticky")),
            tls(in.section("tls")),
            Limits.read(PoolConfig.class, in.section("pool")),
            ejection(in.section("ejection")),
            HealthReader.read(in.section("health")),
            Limits.of(BackendConfig.class).duration("slow-start", in),
            in.choice("protocol", protocols),
            http2(in.section("http2")),
            Limits.read(BackendLimitsConfig.class, in.section("limits")),
            Limits.read(RetriesConfig.class, in.section("retries")),
            in.choice("proxy-protocol", headers),
            Limits.of(BackendConfig.class).duration("connect-timeout", in),
            in.choices("lenient", Leniency.words()),
            in.location());
    if (backend.endpointsFile() == null) {
      BalanceReader.checkBackups(in, backend.endpoints());
    }
    if (!services && backend.endpoints().stream().anyMatch(EndpointConfig::isService)) {
      in.problem("endpoints", BalanceReader.NO_SERVICES);
    }
    if (backend.proxyProtocol() != ProxyProtocol.OFF && backend.protocol() == Protocol.HTTP2) {
      in.problem(
          "proxy-protocol",
          "says for whom a connection is, but one of HTTP/2 is for many: use protocol = http1");
    }
    in.finish();
    return backend;
  }

  /** Returns none where only a file has endpoints. */
  private static List<EndpointConfig> endpoints(ConfigReader in, Config template) {
    return in.has("endpoints-file") && !in.has("endpoints")
        ? List.of()
        : BalanceReader.endpoints(in, template);
  }

  private static @Nullable EndpointsFileConfig endpointsFile(ConfigReader in, boolean services) {
    return in.has("endpoints-file")
        ? new EndpointsFileConfig(
            in.file("endpoints-file"), services, in.location("endpoints-file"))
        : null;
  }

  /**
   * Reads the endpoints of a watched file.
   *
   * @param backend whose file it is
   * @param in the content of the file
   * @param template what stands in where an endpoint that is an object leaves a key out
   */
  public static List<EndpointConfig> readFile(
      BackendConfig backend, EndpointsFileConfig file, ConfigReader in, Config template) {
    List<EndpointConfig> endpoints = BalanceReader.beside(backend, file, in, template);
    in.finish();
    return endpoints;
  }

  private static UpstreamTlsConfig tls(ConfigReader in) {
    Map<String, WhenNotAsked> whenNotAsked = new LinkedHashMap<>();
    whenNotAsked.put("refuse", WhenNotAsked.REFUSE);
    whenNotAsked.put("warn", WhenNotAsked.WARN);
    UpstreamTlsConfig tls =
        new UpstreamTlsConfig(
            in.choice("policy", PolicyName.words()),
            new TrustConfig(
                in.file("trust"),
                in.location("trust"),
                RevocationReader.read(in.section("revocation"))),
            CertificateReader.read(in.section("certificate")),
            in.optionalString("server-name"),
            peer(in),
            in.choice("when-not-asked", whenNotAsked));
    in.finish();
    return tls;
  }

  private static PeerConfig peer(ConfigReader in) {
    Set<String> names =
        PeerNames.read(
            in,
            "verify-san",
            "needs at least one name; without this key it is the host's",
            Kind.DNS,
            Kind.URI,
            Kind.IP);
    Set<String> pins = new LinkedHashSet<>();
    if (in.has("pins")) {
      for (String pin : in.strings("pins")) {
        if (!isPin(pin)) {
          in.problem(
              "pins", "must be sha256/ and 32 octets in base64 (RFC 7469), is '" + pin + "'");
        }
        pins.add(pin);
      }
      if (pins.isEmpty()) {
        in.problem("pins", "needs at least one; without this key any chain to trust will do");
      }
    }
    return new PeerConfig(names, Set.copyOf(pins), in.location("pins"));
  }

  private static boolean isPin(String pin) {
    try {
      return pin.startsWith(PIN)
          && Base64.getDecoder().decode(pin.substring(PIN.length())).length == 32;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  private static EjectionConfig ejection(ConfigReader in) {
    EjectionConfig ejection = Limits.read(EjectionConfig.class, in);
    if (ejection.longest().compareTo(ejection.base()) < 0) {
      in.problem(
          "longest",
          "must not be shorter than base, %s, is %s"
              .formatted(text(ejection.base()), text(ejection.longest())));
    }
    return ejection;
  }

  private static String text(Duration time) {
    return DurationText.of(time, DurationText.Unit.values());
  }

  private static PingsConfig http2(ConfigReader in) {
    PingsConfig pings = Limits.read(PingsConfig.class, in.section("ping"));
    in.finish();
    return pings;
  }
}
