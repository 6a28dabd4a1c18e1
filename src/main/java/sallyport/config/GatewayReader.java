package sallyport.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.RuntimeConfig.TransportKind;
import sallyport.config.address.BindAddress;
import sallyport.config.admin.AdminBind;
import sallyport.config.admin.AdminConfig;
import sallyport.config.admin.AdminListenerConfig;
import sallyport.config.admin.AdminReader;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendReader;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.AcmeReader;
import sallyport.config.certificate.KeysConfig;
import sallyport.config.certificate.SignersConfig;
import sallyport.config.dns.DnsConfig;
import sallyport.config.dns.DnsReader;
import sallyport.config.files.ConfigFiles;
import sallyport.config.files.MainFile;
import sallyport.config.files.StrictIncluder;
import sallyport.config.files.SyntaxProblem;
import sallyport.config.files.WrittenTwice;
import sallyport.config.handover.HandOverReader;
import sallyport.config.health.ReadinessConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.listener.ListenerReader;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.config.read.ConfigPlaces;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;
import sallyport.config.read.Problems;
import sallyport.config.route.RouteConfig;
import sallyport.config.route.RouteReader;
import sallyport.config.route.page.ErrorPagesConfig;
import sallyport.config.route.page.PageReader;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.values.Sha256;
import sallyport.values.SizeText;

/**
 * Reader of a whole configuration: syntax first, then every value, then the checks across sections.
 */
final class GatewayReader {
  private static final long LEAST_BUFFER_MEMORY = 16L * 1024 * 1024;

  private final ConfigPlaces places;
  private final Problems problems;

  private GatewayReader(ConfigPlaces places) {
    this.places = places;
    this.problems = new Problems(places);
  }

  static GatewayConfig readFile(Path file) throws InvalidConfiguration {
    ConfigPlaces places = ConfigPlaces.ofFile(file);
    String text = MainFile.text(file);
    GatewayReader reader = new GatewayReader(places);
    return reader.read(places.main(), text, new WrittenTwice(reader.problems));
  }

  static GatewayConfig readText(String hocon, Path baseFolder, String source)
      throws InvalidConfiguration {
    return new GatewayReader(ConfigPlaces.ofText(baseFolder, source)).read(null, hocon, null);
  }

  private GatewayConfig read(@Nullable Path file, String text, @Nullable WrittenTwice twice)
      throws InvalidConfiguration {
    Problems missing = new Problems(places);
    ConfigFiles files = new ConfigFiles(places, missing, twice);
    files.look(file, text);
    if (!missing.isEmpty()) {
      throw new InvalidConfiguration(missing.lines());
    }
    try {
      Config config =
          MainFile.parse(places, text, StrictIncluder.requiring(places.base().toAbsolutePath()))
              .resolve();
      if (twice != null) {
        files.stops().forEach(stop -> problems.add(stop, ConfigFiles.NOT_SEARCHED));
      }
      return read(places.mainFile(), config);
    } catch (com.typesafe.config.ConfigException broken) {
      throw new InvalidConfiguration(List.of(SyntaxProblem.of(broken, text, problems)));
    }
  }

  private GatewayConfig read(String source, Config config) throws InvalidConfiguration {
    ConfigValue root = config.root().get(ConfigReader.ROOT);
    if (!(root instanceof ConfigObject user)) {
      throw new InvalidConfiguration(
          List.of(
              source
                  + ": "
                  + ConfigReader.ROOT
                  + ": is missing: everything stands below this key"));
    }
    Config reference = ConfigFactory.parseResources("reference.conf").resolve();
    Config templates = reference.getConfig("gateway-defaults");
    ConfigReader in = new ConfigReader(problems, "", user, reference.getConfig(ConfigReader.ROOT));
    Map<String, AcmeConfig> accounts = new LinkedHashMap<>();
    in.named("acme", templates.getConfig("acme"))
        .forEach((name, account) -> accounts.put(name, AcmeReader.read(name, account)));
    Map<String, ListenerConfig> listeners = new LinkedHashMap<>();
    in.named("listeners", templates.getConfig("listener"))
        .forEach(
            (name, listener) ->
                listeners.put(name, ListenerReader.read(name, listener, accounts, templates)));
    ErrorPagesConfig pages = PageReader.errors(in.section("error-pages"), ErrorPagesConfig.NONE);
    List<RouteConfig> routes = new ArrayList<>();
    for (ConfigReader route : in.sections("routes", templates.getConfig("route"))) {
      routes.add(RouteReader.read(route, templates.getConfig("presets"), pages));
    }
    DnsConfig dns = DnsReader.read(in.section("dns"));
    boolean services = dns.resolver() != DnsConfig.Resolver.SYSTEM;
    Map<String, BackendConfig> backends = new LinkedHashMap<>();
    in.named("backends", templates.getConfig("backend"))
        .forEach(
            (name, backend) ->
                backends.put(
                    name,
                    BackendReader.read(
                        name,
                        backend,
                        templates.getConfig("endpoint"),
                        services,
                        StreamChecks.streamed(name, listeners.values()),
                        accounts)));
    AdminConfig adminConfig =
        AdminReader.read(in.section("admin"), accounts, templates.getConfig("listener"));
    ConfigReader log = in.section("access-log");
    AccessLogConfig accessLog =
        new AccessLogConfig(
            log.bool("enabled"),
            log.bool("query"),
            log.bool("client-subject"),
            log.choice("unwritable", UnwritableLog.forAccess()));
    log.finish();
    ConfigReader audit = in.section("audit-log");
    AuditLogConfig auditLog =
        new AuditLogConfig(
            Limits.of(AuditLogConfig.class).count("lines-per-second", audit),
            audit.choice("unwritable", UnwritableLog.forAudit()));
    audit.finish();
    Limits limits = Limits.of(GatewayConfig.class);
    GatewayConfig gateway =
        new GatewayConfig(
            runtime(in.section("runtime")),
            java.util.Collections.unmodifiableMap(listeners),
            List.copyOf(routes),
            pages,
            java.util.Collections.unmodifiableMap(backends),
            dns,
            keys(in.section("keys")),
            java.util.Collections.unmodifiableMap(accounts),
            adminConfig,
            ReadinessConfig.read(in.section("readiness")),
            accessLog,
            auditLog,
            limits.duration("lame-duck", in),
            limits.duration("drain-timeout", in),
            HandOverReader.read(in.section("hand-over")),
            source,
            digest(user));
    in.finish();
    checkTogether(in, gateway);
    if (!problems.isEmpty()) {
      throw new InvalidConfiguration(problems.lines());
    }
    return gateway;
  }

  private static RuntimeConfig runtime(ConfigReader in) {
    Map<String, TransportKind> kinds = new LinkedHashMap<>();
    kinds.put("auto", TransportKind.AUTO);
    kinds.put("io_uring", TransportKind.IO_URING);
    kinds.put("epoll", TransportKind.EPOLL);
    kinds.put("nio", TransportKind.NIO);
    int workers = in.integer("workers", 0, 1024);
    RuntimeConfig runtime =
        new RuntimeConfig(
            in.choice("transport", kinds),
            workers > 0 ? workers : Runtime.getRuntime().availableProcessors(),
            maxBufferMemory(in),
            Limits.of(RuntimeConfig.class).duration("tcp-user-timeout", in));
    in.finish();
    return runtime;
  }

  private static KeysConfig keys(ConfigReader in) {
    Map<String, KeysConfig.LooseModes> modes = new LinkedHashMap<>();
    modes.put("refuse", KeysConfig.LooseModes.REFUSE);
    modes.put("group-may-read", KeysConfig.LooseModes.GROUP_MAY_READ);
    modes.put("warn", KeysConfig.LooseModes.WARN);
    Map<String, KeysConfig.TokenAway> away = new LinkedHashMap<>();
    away.put("not-ready", KeysConfig.TokenAway.NOT_READY);
    away.put("continue", KeysConfig.TokenAway.CONTINUE);
    Map<String, KeysConfig.CrlEnded> ended = new LinkedHashMap<>();
    ended.put("continue", KeysConfig.CrlEnded.CONTINUE);
    ended.put("not-ready", KeysConfig.CrlEnded.NOT_READY);
    Limits limits = Limits.of(KeysConfig.class);
    Duration watch = limits.duration("watch", in);
    KeysConfig keys =
        new KeysConfig(
            in.choice("loose-modes", modes),
            limits.duration("open-timeout", in),
            watch,
            in.choice("token-away", away),
            in.choice("crl-ended", ended),
            Limits.read(SignersConfig.class, in.section("signers")),
            expiryWarnings(in));
    in.finish();
    return keys;
  }

  private static List<Duration> expiryWarnings(ConfigReader in) {
    return in.durations("expiry-warnings", Duration.ofHours(1), Duration.ofDays(3650)).stream()
        .distinct()
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  private static long maxBufferMemory(ConfigReader in) {
    long bytes = in.bytes("max-buffer-memory", 0, Long.MAX_VALUE);
    if (bytes > 0 && bytes < LEAST_BUFFER_MEMORY) {
      in.problem("max-buffer-memory", "must be 0 or at least 16MiB, is " + SizeText.of(bytes));
    }
    return bytes;
  }

  // ---- what the parts say together

  private void checkTogether(ConfigReader in, GatewayConfig gateway) {
    if (gateway.listeners().isEmpty()) {
      in.problem("listeners", "needs at least one listener");
    }
    List<BindAddress> binds = new ArrayList<>();
    for (ListenerConfig listener : gateway.listeners().values()) {
      if (TlsListenerConfig.isAdmin(listener.name())) {
        problems.add(listener.location(), "the name admin is taken by the admin listener");
      }
      String taken = taken(listener.bind(), binds);
      if (taken != null) {
        problems.add(listener.location().child("bind"), taken);
      }
      binds.add(listener.bind());
      checkTarget(listener, gateway);
    }
    for (AdminListenerConfig admin : gateway.admin().listeners()) {
      if (admin.bind() instanceof AdminBind.Tcp(BindAddress bind)) {
        String taken = taken(bind, binds);
        if (taken != null) {
          problems.add(admin.location(), taken);
        }
        binds.add(bind);
      }
    }
    checkHandOver(gateway);
    AcmeChecks.together(gateway, problems);
    Set<String> cookies = new HashSet<>();
    for (BackendConfig backend : gateway.backends().values()) {
      StreamChecks.backend(backend, problems);
      String cookie = backend.sticky().cookie();
      if (cookie != null && !cookies.add(cookie)) {
        problems.add(
            backend.sticky().cookieLocation(),
            "another backend has '" + cookie + "' too: clients would keep one endpoint of both");
      }
    }
    Set<List<Object>> places = new HashSet<>();
    Set<String> names = new HashSet<>();
    for (RouteConfig route : gateway.routes()) {
      if (!places.add(List.of(route.host(), route.path(), route.match()))) {
        problems.add(route.location(), "another route has the same host, path and match");
      } else if (!names.add(route.name())) {
        problems.add(route.location(), "another route has the name '" + route.name() + "'");
      }
      for (String backend : route.backends()) {
        if (!backend.isEmpty() && !gateway.backends().containsKey(backend)) {
          problems.add(route.backendLocation(), "there is no backend '" + backend + "'");
        }
      }
      mirror(route, gateway.backends());
      StreamChecks.route(route, gateway.backends(), problems);
      boolean certificates = route.access().required() || !route.access().allow().isEmpty();
      if (certificates && gateway.listeners().values().stream().noneMatch(this::asksClients)) {
        problems.add(
            route.location(),
            "asks for client certificates, but no listener does: set its client-auth.mode");
      }
    }
  }

  /** Adds a problem where sockets are handed over on a transport that cannot take them. */
  private void checkHandOver(GatewayConfig gateway) {
    if (gateway.handOver().socket() != null) {
      switch (gateway.runtime().transport()) {
        case NIO, IO_URING ->
            problems.add(
                gateway.handOver().location(),
                "needs runtime.transport epoll or auto: the others cannot take over sockets");
        case EPOLL, AUTO -> {}
      }
    }
  }

  /** Adds a problem where a listener redirects or forwards to what there is not. */
  private void checkTarget(ListenerConfig listener, GatewayConfig gateway) {
    switch (listener) {
      case ListenerConfig.Redirect redirect -> {
        if (!(gateway.listeners().get(redirect.redirectTo()) instanceof ListenerConfig.HttpProxy)) {
          problems.add(
              redirect.location().child("redirect-to"),
              "there is no listener '" + redirect.redirectTo() + "' with tls");
        }
      }
      case ListenerConfig.Http proxy -> {}
      case ListenerConfig.Streams stream ->
          StreamChecks.backends(stream, gateway.backends(), problems);
    }
  }

  /** Null when an address is free beside these. */
  private static @Nullable String taken(BindAddress bind, List<BindAddress> others) {
    for (BindAddress other : others) {
      if (other.equals(bind) && bind.port() != 0) {
        return "another listener has the same address and port";
      }
      if (other.covers(bind) || bind.covers(other)) {
        return "another listener has the same port at "
            + other
            + ", and one of both is for all addresses";
      }
    }
    return null;
  }

  private void mirror(RouteConfig route, Map<String, BackendConfig> all) {
    String copies = route.mirror().backend();
    if (copies == null || copies.isEmpty()) {
      return;
    }
    String wrong =
        !route.isForwarded()
            ? "is for requests that go to a backend, and this route answers them"
            : !all.containsKey(copies)
                ? "there is no backend '" + copies + "'"
                : route.backends().contains(copies)
                    ? "'" + copies + "' gets the requests of this route already"
                    : null;
    if (wrong != null) {
      problems.add(route.location().child("mirror"), wrong);
    }
  }

  private boolean asksClients(ListenerConfig listener) {
    return switch (listener) {
      case ListenerConfig.HttpProxy tls ->
          tls.tls().clientAuth().mode() != ClientAuthConfig.Mode.NONE;
      case ListenerConfig.Redirect plain -> false;
      case ListenerConfig.Streams streams -> false;
      case ListenerConfig.LocalProxy plain -> false;
    };
  }

  /** Tells two configurations apart without showing either: SHA-256, hex. */
  private static String digest(ConfigObject user) {
    byte[] text = user.render(ConfigRenderOptions.concise()).getBytes(StandardCharsets.UTF_8);
    return Sha256.hex(text);
  }
}
