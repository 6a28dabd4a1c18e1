package sallyport.config.listener;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import sallyport.config.address.Addresses;
import sallyport.config.address.BindAddress;
import sallyport.config.address.LocalAddress;
import sallyport.config.address.PlainReader;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.CertificateReader;
import sallyport.config.http.HstsConfig;
import sallyport.config.http.Http2Config;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.http.IdentityFieldsConfig;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;
import sallyport.config.stream.StreamReader;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.config.tls.ClientAuthReader;
import sallyport.config.tls.HandshakesConfig;
import sallyport.config.tls.PolicyName;
import sallyport.config.tls.ServerTlsConfig;
import sallyport.config.tls.SessionCacheConfig;
import sallyport.config.tls.SessionTicketsConfig;
import sallyport.config.tls.SessionsReader;
import sallyport.config.tls.TicketSourceConfig;
import sallyport.values.CidrSet;

/** Reader of a listener. */
public final class ListenerReader {
  private static final long LARGEST_HELLO = 16 * 1024;
  private static final Duration SHORTEST = Duration.ofMillis(10);
  private static final Duration PRELOAD_AGE = Duration.ofDays(365);

  /** Fields that say where a request goes, where it ends, and how it goes on. */
  private static final List<String> NEEDED =
      List.of("content-length", "expect", "host", "te", "transfer-encoding", "upgrade");

  private ListenerReader() {}

  /**
   * @param accounts by name, for certificates from ACME authorities
   * @param templates what stands in where a listener of TCP streams leaves a key out
   * @return a listener even where there are problems; they keep it from being used
   */
  public static ListenerConfig read(
      String name, ConfigReader in, Map<String, AcmeConfig> accounts, Config templates) {
    Config stream = templates.getConfig("stream");
    boolean plain = PlainReader.isPlain(in);
    BindAddress bind = plain ? localBind(in) : Addresses.bind(in, "bind");
    ProxiesConfig proxies = proxies(in);
    LimitsConfig limits = Limits.read(LimitsConfig.class, in.section("limits"));
    boolean redirects = in.has("redirect-to");
    boolean streams = in.has(StreamReader.FORWARD_TO);
    boolean tls = in.has("tls");
    boolean passes = in.has(StreamReader.PASS_THROUGH);
    if (redirects && tls && !passes) {
      in.problem("redirect-to", "a listener has either redirect-to or tls, not both");
    } else if (redirects && streams && !passes) {
      in.problem("redirect-to", "a listener has either redirect-to or forward-to, not both");
    }
    ListenerConfig listener;
    if (passes) {
      listener =
          new ListenerConfig.PassThrough(
              name,
              bind,
              StreamReader.hello(in, templates.getConfig("pass-through")),
              StreamReader.readPassThrough(in, stream),
              proxies,
              limits,
              in.location());
    } else if (plain) {
      if (redirects || tls) {
        in.problem("plain", "a listener with plain = local has neither redirect-to nor tls");
        in.section("tls");
      }
      listener =
          streams
              ? new ListenerConfig.LocalStream(
                  name, bind, StreamReader.readLocal(in, stream), proxies, limits, in.location())
              : new ListenerConfig.LocalProxy(
                  name, bind, httpRules(in.section("http")), proxies, limits, in.location());
    } else if (streams) {
      if (!tls) {
        problem(
            in,
            "needs tls, or plain = local at a loopback address: plain TCP of a network is never"
                + " forwarded");
      }
      listener =
          new ListenerConfig.Stream(
              name,
              bind,
              tlsOrNone(in, accounts),
              StreamReader.read(in, stream),
              proxies,
              limits,
              in.location());
    } else if (redirects && !tls) {
      listener =
          new ListenerConfig.Redirect(
              name, bind, in.string("redirect-to"), proxies, limits, in.location());
    } else {
      if (!tls) {
        problem(
            in,
            "needs tls, redirect-to, or plain = local at a loopback address: plain HTTP of a network is"
                + " never forwarded");
      }
      listener =
          new ListenerConfig.HttpProxy(
              name,
              bind,
              in.integer("public-port", 0, 65_535),
              tlsOrNone(in, accounts),
              hsts(in.section("hsts")),
              httpRules(in.section("http")),
              Limits.read(Http2Config.class, in.section("http2")),
              proxies,
              limits,
              in.location());
    }
    in.finish();
    return listener;
  }

  private static BindAddress localBind(ConfigReader in) {
    return switch (Addresses.local(in, "bind")) {
      case LocalAddress.Loopback loopback -> loopback.bind();
      case LocalAddress.UnixSocket socket -> {
        in.problem("bind", "a listener takes no Unix socket: write 127.0.0.1:PORT or [::1]:PORT");
        yield new BindAddress("127.0.0.1", 0);
      }
    };
  }

  private static void problem(ConfigReader in, String text) {
    in.problem("tls", text);
  }

  /** Returns a valid value where there is none, which is a problem of its own. */
  private static ServerTlsConfig tlsOrNone(ConfigReader in, Map<String, AcmeConfig> accounts) {
    return in.has("tls")
        ? tls(in.section("tls"), accounts)
        : new ServerTlsConfig(
            PolicyName.APPROVED,
            List.of(),
            ClientAuthConfig.NONE,
            true,
            512,
            SHORTEST,
            SHORTEST,
            new SessionTicketsConfig(new TicketSourceConfig.Off(), SHORTEST, SHORTEST),
            new SessionCacheConfig(0, SHORTEST),
            false,
            new HandshakesConfig(1, 0, SHORTEST));
  }

  private static ProxiesConfig proxies(ConfigReader in) {
    List<String> ranges = in.strings("trusted-proxies");
    CidrSet trusted = CidrSet.NONE;
    try {
      trusted = CidrSet.of(ranges);
    } catch (IllegalArgumentException notRanges) {
      in.problem("trusted-proxies", String.valueOf(notRanges.getMessage()));
    }
    boolean header = in.bool("proxy-protocol");
    if (header && ranges.isEmpty()) {
      in.problem("proxy-protocol", "needs trusted-proxies: nobody else may say who a client is");
    }
    return new ProxiesConfig(trusted, header);
  }

  /** Above its own maximum BoringSSL refuses the message, even if this is greater. */
  private static int helloBytes(ConfigReader in) {
    long bytes = in.bytes("max-size", 512, Long.MAX_VALUE);
    if (bytes > LARGEST_HELLO) {
      in.problem(
          "max-size",
          "must be 512 to "
              + LARGEST_HELLO
              + ", is "
              + bytes
              + "; the TLS library takes no larger ClientHello");
    }
    return (int) Math.min(bytes, LARGEST_HELLO);
  }

  /**
   * Reads the TLS of a listener.
   *
   * @param accounts by name, for certificates from ACME authorities
   */
  public static ServerTlsConfig tls(ConfigReader in, Map<String, AcmeConfig> accounts) {
    List<CertificateConfig> certificates = new ArrayList<>();
    for (ConfigReader certificate :
        in.sections("certificates", com.typesafe.config.ConfigFactory.empty())) {
      certificates.add(
          CertificateReader.read(certificate, CertificateConfig.Acme.Purpose.LISTENER, accounts));
    }
    if (certificates.isEmpty()) {
      in.problem("certificates", "needs at least one { chain = FILE, key = FILE }");
    }
    Limits limits = Limits.of(ServerTlsConfig.class);
    ConfigReader hello = in.section("client-hello");
    int helloBytes = helloBytes(hello);
    Duration helloTimeout = limits.duration("client-hello.timeout", hello);
    hello.finish();
    ServerTlsConfig tls =
        new ServerTlsConfig(
            in.choice("policy", PolicyName.words()),
            List.copyOf(certificates),
            ClientAuthReader.read(in.section("client-auth")),
            in.choice("unknown-sni", Map.of("default", false, "reject", true)),
            helloBytes,
            helloTimeout,
            limits.duration("handshake-timeout", in),
            SessionsReader.tickets(in.section("session-tickets")),
            Limits.read(SessionCacheConfig.class, in.section("session-cache")),
            in.bool("stapling"),
            Limits.read(HandshakesConfig.class, in.section("handshakes")));
    in.finish();
    return tls;
  }

  private static HstsConfig hsts(ConfigReader in) {
    HstsConfig hsts =
        new HstsConfig(
            Limits.of(HstsConfig.class).duration("max-age", in),
            in.bool("include-subdomains"),
            in.bool("preload"));
    if (hsts.preload() && (!hsts.includeSubdomains() || hsts.maxAge().compareTo(PRELOAD_AGE) < 0)) {
      in.problem(
          "preload",
          "browsers' preload lists take only include-subdomains = true and max-age >= 365d");
    }
    in.finish();
    return hsts;
  }

  private static HttpRulesConfig httpRules(ConfigReader in) {
    Map<String, HttpRulesConfig.Paths> paths = new LinkedHashMap<>();
    paths.put("reject", HttpRulesConfig.Paths.REJECT);
    paths.put("normalise", HttpRulesConfig.Paths.NORMALISE);
    Map<String, HttpRulesConfig.FieldNames> names = new LinkedHashMap<>();
    names.put("drop", HttpRulesConfig.FieldNames.DROP);
    names.put("reject", HttpRulesConfig.FieldNames.REJECT);
    names.put("pass", HttpRulesConfig.FieldNames.PASS);
    HttpRulesConfig rules =
        new HttpRulesConfig(
            in.choice("ambiguous-paths", paths),
            in.choice("unusual-field-names", names),
            in.bool("trace"),
            identityFields(in.section("identity-fields")));
    in.finish();
    return rules;
  }

  private static IdentityFieldsConfig identityFields(ConfigReader in) {
    Map<String, IdentityFieldsConfig.User> users = new LinkedHashMap<>();
    users.put("drop", IdentityFieldsConfig.User.DROP);
    users.put("trusted", IdentityFieldsConfig.User.TRUSTED);
    users.put("pass", IdentityFieldsConfig.User.PASS);
    IdentityFieldsConfig fields =
        new IdentityFieldsConfig(in.choice("user", users), lower(in, "more"), lower(in, "keep"));
    for (String name : new TreeSet<>(fields.more())) {
      if (!name.matches("[!#$%&'+.^_`|~0-9a-z-]{2,}\\*?")) {
        in.problem(
            "more",
            "must be names of fields, the last character of which may be *, has '" + name + "'");
      } else if (NEEDED.stream().anyMatch(needed -> stands(name, needed))) {
        in.problem(
            "more", "'" + name + "' would take away a field without which no request can be read");
      }
    }
    for (String name : new TreeSet<>(fields.keep())) {
      if (!IdentityFieldsConfig.keepable().contains(name)) {
        in.problem(
            "keep",
            "must be names of the routing kind in docs/hardening.md, as they stand there, has '"
                + name
                + "'");
      }
    }
    in.finish();
    return fields;
  }

  private static Set<String> lower(ConfigReader in, String key) {
    return in.strings(key).stream()
        .map(name -> name.toLowerCase(Locale.ROOT))
        .collect(Collectors.toUnmodifiableSet());
  }

  private static boolean stands(String pattern, String name) {
    String folded = pattern.replaceAll("[^a-z0-9*]", "-");
    return folded.endsWith("*")
        ? name.startsWith(folded.substring(0, folded.length() - 1))
        : name.equals(folded);
  }
}
