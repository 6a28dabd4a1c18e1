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
import sallyport.config.address.LocalAddress;
import sallyport.config.address.PeerNames;
import sallyport.config.address.PeerNames.Kind;
import sallyport.config.address.PeerUser;
import sallyport.config.address.PlainReader;
import sallyport.config.backend.BackendConfig.Balance;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.config.backend.BackendConfig.EndpointsFileConfig;
import sallyport.config.backend.BackendConfig.Protocol;
import sallyport.config.backend.BackendConfig.ProxyProtocol;
import sallyport.config.backend.BackendConfig.Security;
import sallyport.config.backend.BackendConfig.Security.MutualTls;
import sallyport.config.backend.BackendConfig.Security.PlainLocal;
import sallyport.config.backend.UpstreamTlsConfig.WhenNotAsked;
import sallyport.config.backend.exception.ExceptionConfig;
import sallyport.config.backend.exception.ExceptionReader;
import sallyport.config.backend.sticky.StickyReader;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.CertificateReader;
import sallyport.config.certificate.RevocationConfig;
import sallyport.config.certificate.RevocationReader;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.health.HealthConfig.Check;
import sallyport.config.health.HealthReader;
import sallyport.config.http.PingsConfig;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;
import sallyport.config.tls.PolicyName;
import sallyport.values.DurationText;

/** Reader of a backend. */
public final class BackendReader {
  private static final String PIN = "sha256/";

  /** Settings that an exception depends on. */
  private record AroundException(PolicyName policy, PeerConfig peer, RevocationConfig revocation)
      implements ExceptionReader.Surroundings {
    @Override
    public boolean isPinned() {
      return !peer.pins().isEmpty();
    }

    @Override
    public boolean hasNames() {
      return !peer.names().isEmpty();
    }

    @Override
    public boolean asksForRevocation() {
      return !revocation.crls().isEmpty() || revocation.ocsp() != RevocationConfig.Ocsp.OFF;
    }
  }

  private BackendReader() {}

  /**
   * Reads a backend.
   *
   * @param endpoint what stands in where an endpoint that is an object leaves a key out
   * @param services whether the resolver knows services
   * @param streamed protocol of the streams that a listener forwards to it; null for none
   * @param accounts by name, for certificates from ACME authorities
   */
  public static BackendConfig read(
      String name,
      ConfigReader in,
      Config endpoint,
      boolean services,
      @Nullable Protocol streamed,
      Map<String, AcmeConfig> accounts) {
    Map<String, Balance> balances = new LinkedHashMap<>();
    balances.put("round-robin", Balance.ROUND_ROBIN);
    balances.put("least-requests", Balance.LEAST_REQUESTS);
    balances.put("hash", Balance.HASH);
    Balance balance = in.choice("balance", balances);
    Map<String, Protocol> protocols = new LinkedHashMap<>();
    protocols.put("auto", Protocol.AUTO);
    protocols.put("http1", Protocol.HTTP1);
    protocols.put("http2", Protocol.HTTP2);
    protocols.put("tcp", Protocol.TCP);
    protocols.put("postgres", Protocol.POSTGRES);
    protocols.put("pass-through", Protocol.PASS_THROUGH);
    Map<String, ProxyProtocol> headers = new LinkedHashMap<>();
    headers.put("off", ProxyProtocol.OFF);
    headers.put("v1", ProxyProtocol.V1);
    headers.put("v2", ProxyProtocol.V2);
    boolean plain = PlainReader.isPlain(in);
    Protocol written =
        streamed != null && !in.has("protocol") ? streamed : in.choice("protocol", protocols);
    Security security =
        written == Protocol.PASS_THROUGH ? passThrough(in) : security(in, plain, accounts);
    BackendConfig backend =
        new BackendConfig(
            name,
            endpoints(in, endpoint, plain && security instanceof PlainLocal local ? local : null),
            endpointsFile(in, services),
            balance,
            BalanceReader.hash(in, in.section("hash"), balance),
            StickyReader.read(in.section("sticky")),
            security,
            Limits.read(PoolConfig.class, in.section("pool")),
            ejection(in.section("ejection")),
            HealthReader.read(in.section("health")),
            Limits.of(BackendConfig.class).duration("slow-start", in),
            protocol(written, security),
            http2(in.section("http2")),
            Limits.read(BackendLimitsConfig.class, in.section("limits")),
            Limits.read(RetriesConfig.class, in.section("retries")),
            in.choice("proxy-protocol", headers),
            Limits.of(BackendConfig.class).duration("connect-timeout", in),
            in.choices("lenient", Leniency.words()),
            in.location());
    if (plain && security instanceof PlainLocal) {
      checkPlain(backend, in);
    }
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
    ExceptionConfig exception = backend.exception();
    if (exception != null && exception.isOfTheProtocol() && backend.protocol() == Protocol.HTTP2) {
      in.problem("protocol", "http2 needs TLS 1.2 without CBC (RFC 9113 section 9.2): use http1");
    }
    in.finish();
    return backend;
  }

  /** Returns none where only a file has endpoints. */
  private static List<EndpointConfig> endpoints(
      ConfigReader in, Config template, @Nullable PlainLocal plain) {
    return in.has("endpoints-file") && !in.has("endpoints")
        ? List.of()
        : BalanceReader.endpoints(in, template, plain);
  }

  private static Security passThrough(ConfigReader in) {
    for (String key : List.of("peer-user", "plain", "tls")) {
      if (in.has(key)) {
        in.problem(key, "with pass-through the TLS is that of the client, unopened: leave it out");
      }
    }
    in.section("tls");
    return new Security.PassThrough();
  }

  private static Security security(
      ConfigReader in, boolean plain, Map<String, AcmeConfig> accounts) {
    if (plain && in.has("tls")) {
      in.problem("plain", "a backend has either tls or plain = local, not both");
    }
    if (plain) {
      in.section("tls");
      return new PlainLocal(PlainReader.peerUser(in));
    }
    if (in.has("peer-user")) {
      in.problem("peer-user", "says who listens at Unix sockets: it needs plain = local");
    }
    if (!in.has("tls")) {
      in.problem(
          "tls",
          "needs tls { trust, certificate }, or plain = local for a Unix socket or a loopback"
              + " address");
      return new PlainLocal(new PeerUser.Own());
    }
    return new MutualTls(tls(in.section("tls"), accounts));
  }

  /** ALPN alone could choose, and is a part of TLS. */
  private static Protocol protocol(Protocol written, Security security) {
    return switch (security) {
      case MutualTls tls -> written;
      case Security.PassThrough passes -> written;
      case PlainLocal plain -> written == Protocol.AUTO ? Protocol.HTTP1 : written;
    };
  }

  private static void checkPlain(BackendConfig backend, ConfigReader in) {
    if (backend.health().check() == Check.TLS || backend.health().check() == Check.POSTGRES) {
      in.problem(
          "health", "the check is a TLS handshake, which plain = local has not: use http or tcp");
    }
    if (in.has("peer-user")
        && backend.endpointsFile() == null
        && backend.endpoints().stream()
            .noneMatch(each -> each.address() instanceof LocalAddress.UnixSocket)) {
      in.problem("peer-user", "says who listens at Unix sockets, and no endpoint is one");
    }
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

  private static UpstreamTlsConfig tls(ConfigReader in, Map<String, AcmeConfig> accounts) {
    Map<String, WhenNotAsked> whenNotAsked = new LinkedHashMap<>();
    whenNotAsked.put("refuse", WhenNotAsked.REFUSE);
    whenNotAsked.put("warn", WhenNotAsked.WARN);
    PolicyName policy = in.choice("policy", PolicyName.words());
    RevocationConfig revocation = RevocationReader.read(in.section("revocation"));
    PeerConfig peer = peer(in);
    UpstreamTlsConfig tls =
        new UpstreamTlsConfig(
            policy,
            new TrustConfig(in.file("trust"), in.location("trust"), revocation),
            CertificateReader.read(
                in.section("certificate"), CertificateConfig.Acme.Purpose.BACKEND, accounts),
            in.optionalString("server-name"),
            peer,
            in.choice("when-not-asked", whenNotAsked),
            ExceptionReader.read(in, new AroundException(policy, peer, revocation)));
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
