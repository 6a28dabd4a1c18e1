package sallyport.gateway;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.admin.Reload;
import sallyport.comply.change.Restart;
import sallyport.comply.change.Weakening;
import sallyport.config.ConfigSource;
import sallyport.config.GatewayConfig;
import sallyport.config.address.BindAddress;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.config.route.RouteConfig;
import sallyport.config.setting.Settings;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.sources.Sources;
import sallyport.net.listener.ListenerGeneration;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.tls.server.ServerTls;

/**
 * The site in use, and how another takes its place: as a whole or not at all. Whatever can fail is
 * done before anything changes; then new connections get the new site, and those that are open end
 * with the old one.
 */
final class ReloadCoordinator {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadCoordinator.class);

  /** Why a configuration is not taken up. */
  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;
    private final transient List<String> loosened;

    Refused(List<String> problems, List<String> loosened) {
      super(String.join("\n", problems));
      this.problems = problems;
      this.loosened = loosened;
    }
  }

  /** How long a reload waits for what stays as it is. */
  private static final Duration BRIEFLY = Duration.ofSeconds(5);

  private final Services shared;
  private final ConfigSource source;
  private final Sockets sockets;
  private final Rotations rotations;
  private final RetiredResources leftovers;

  /** One reload at a time; it waits for files, commands and tokens. */
  private final Lane reloads = new Lane("sallyport-reload");

  /** Held by what takes another site into use, which does not block. */
  private final Object taking = new Object();

  private volatile GatewayRuntime site;
  private boolean stopping; // guarded by taking

  private ReloadCoordinator(
      Services shared,
      ConfigSource source,
      Sockets sockets,
      Rotations rotations,
      GatewayRuntime first) {
    this.shared = shared;
    this.source = source;
    this.sockets = sockets;
    this.rotations = rotations;
    this.leftovers = new RetiredResources();
    this.site = first;
  }

  // ---- start

  /**
   * Opens what the first configuration names, binds its listeners, and lets connections in.
   *
   * @param source what later configurations are read from
   * @param admin comes to be the door of the admin listener
   * @param problems that are there already; nothing starts then
   */
  static ReloadCoordinator start(
      GatewayConfig config,
      ConfigSource source,
      Services shared,
      KeyOpener keys,
      Sockets sockets,
      Rotations rotations,
      ListenerGeneration admin,
      List<String> problems)
      throws InvalidConfiguration, IOException {
    RuntimeBuilder opening = new RuntimeBuilder(shared, null, config, keys);
    Sockets.Bound bound = null;
    boolean started = false;
    try {
      Map<Path, String> held = open(opening, keys, problems);
      if (!problems.isEmpty()) {
        throw new InvalidConfiguration(problems);
      }
      bound = bind(sockets, config);
      GatewayRuntime first = opening.site(bound.byName());
      ReloadCoordinator sites = new ReloadCoordinator(shared, source, sockets, rotations, first);
      Map<String, ListenerGeneration> doors = doors(first);
      doors.put(Gateway.ADMIN, admin);
      sockets.use(bound.byName(), doors);
      beginUse(null, first);
      rotations.start(first, held);
      shared.metrics().reloads().inUse(config.sha256(), shared.clock().instant());
      started = true;
      return sites;
    } finally {
      if (!started) {
        giveUp(opening, bound);
      }
    }
  }

  /**
   * @return what files held when they were read: SHA-256 of each, hex
   */
  private static Map<Path, String> open(
      RuntimeBuilder opening, KeyOpener keys, List<String> problems) {
    Sources.Use use = keys.use();
    return use.call(
        () -> {
          opening.openKeys(problems);
          return use.held();
        });
  }

  /** Says where the configuration has the address that cannot be bound. */
  private static Sockets.Bound bind(Sockets sockets, GatewayConfig config) throws IOException {
    try {
      return sockets.bind(binds(config));
    } catch (Sockets.CannotBind cannot) {
      ListenerConfig listener = config.listeners().get(cannot.listener());
      if (listener == null) {
        throw cannot;
      }
      String text = String.valueOf(cannot.getMessage());
      throw new IOException(listener.location().child("bind").problem(text), cannot);
    }
  }

  private static Map<String, BindAddress> binds(GatewayConfig config) {
    Map<String, BindAddress> binds = new LinkedHashMap<>();
    config.listeners().forEach((name, listener) -> binds.put(name, listener.bind()));
    binds.put(Gateway.ADMIN, config.admin().bind());
    return binds;
  }

  private static Map<String, ListenerGeneration> doors(GatewayRuntime of) {
    Map<String, ListenerGeneration> doors = new LinkedHashMap<>();
    of.fronts().forEach((name, front) -> doors.put(name, front.door()));
    return doors;
  }

  /** The one in use. */
  GatewayRuntime site() {
    return site;
  }

  // ---- reload

  /**
   * Reads the configuration again, and opens certificates, keys and trust again.
   *
   * @param trigger who asks
   * @param reason why security may be loosened; null when it may not
   */
  Reload.Result reload(String trigger, @Nullable String reason) {
    try {
      return reloads.submit(() -> reloadNow(trigger, reason)).get();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    } catch (CancellationException closed) {
      return new Reload.Result(
          false, List.of("configuration: refused: the gateway is about to stop"));
    } catch (ExecutionException failed) {
      throw new IllegalStateException(failed.getCause());
    }
  }

  private Reload.Result reloadNow(String trigger, @Nullable String reason) {
    GatewayConfig before = site.config();
    GatewayConfig next = null;
    List<String> lines = new ArrayList<>();
    try {
      next = site.keys().use().call(() -> Configurations.read(source));
      if (Settings.same(next, before)) {
        shared.metrics().reloads().reloaded("unchanged");
        lines.add("configuration: unchanged");
        Rotations.Result result =
            rotations
                .rotate(
                    site.rotatables(),
                    site.keys(),
                    trigger,
                    reason,
                    Rotations.patience(site.keys()))
                .withPendingRefused();
        lines.addAll(result.lines());
        return new Reload.Result(!result.refused(), lines);
      }
      List<String> loosened = apply(next, trigger, reason, lines);
      shared.metrics().reloads().reloaded("applied");
      shared
          .audit()
          .record(
              new AuditEvent.ConfigReloaded(
                  trigger,
                  next.source(),
                  before.sha256(),
                  next.sha256(),
                  loosened,
                  loosened.isEmpty() ? null : reason));
      for (String what : loosened) {
        shared
            .audit()
            .record(
                new AuditEvent.ConfigLoosened(
                    trigger, next.sha256(), what, Objects.requireNonNull(reason)));
      }
      LOG.info("the configuration {} is in use, SHA-256 {}", next.source(), next.sha256());
      return new Reload.Result(true, lines);
    } catch (InvalidConfiguration unusable) {
      return refused(trigger, next, new Refused(unusable.problems(), List.of()), lines);
    } catch (Refused refused) {
      return refused(trigger, next, refused, lines);
    } catch (RuntimeException unexpected) {
      LOG.error("a reload failed", unexpected);
      return refused(
          trigger, next, new Refused(List.of("it failed; the log says how"), List.of()), lines);
    }
  }

  private Reload.Result refused(
      String trigger, @Nullable GatewayConfig next, Refused refused, List<String> lines) {
    GatewayConfig inUse = site.config();
    shared.metrics().reloads().reloaded("refused");
    shared
        .audit()
        .record(
            new AuditEvent.ConfigRefused(
                trigger,
                inUse.source(),
                inUse.sha256(),
                next == null ? null : next.sha256(),
                refused.problems,
                refused.loosened));
    LOG.error(
        "the configuration is refused, the one in use stays: {}",
        String.join("; ", refused.problems));
    List<String> told = new ArrayList<>();
    refused.problems.forEach(problem -> told.add("configuration: refused: " + problem));
    told.addAll(lines);
    return new Reload.Result(false, told);
  }

  /**
   * @return what is loosened by it
   */
  private List<String> apply(
      GatewayConfig next, String trigger, @Nullable String reason, List<String> lines)
      throws InvalidConfiguration, Refused {
    GatewayRuntime before = site;
    List<String> problems = new ArrayList<>(Restart.neededFor(before.config(), next));
    List<String> loosened = new ArrayList<>(Weakening.of(before.config(), next));
    refuse(problems, loosened, reason);
    KeyOpener keys = before.keys().with(next.keys());
    RuntimeBuilder opening = new RuntimeBuilder(shared, before, next, keys);
    Sockets.Bound bound = null;
    boolean applied = false;
    try {
      // Files that stay are taken up as they are looked at every few seconds: each for itself. They
      // have to be kept as the next configuration wants it, or it would not start again.
      Rotations.Result staying = rotateStaying(opening, before, next, keys, trigger, reason);
      lines.addAll(staying.lines());
      if (staying.refused()) {
        problems.add("what stays in use of it cannot be opened again, see below");
      }
      Map<Path, String> held = open(opening, keys, problems);
      loosened.addAll(opening.loosened());
      refuse(problems, loosened, reason);
      bound = bind(sockets, next);
      GatewayRuntime after = opening.site(bound.byName());
      synchronized (taking) {
        if (stopping) {
          throw new Refused(List.of("the gateway is about to stop"), List.of());
        }
        use(before, after, bound, held);
        applied = true;
      }
      List<String> changes = Changes.between(before, after, loosened);
      lines.removeIf(line -> Changes.contradicts(changes, line));
      lines.addAll(0, changes);
      return loosened;
    } catch (IOException cannotBind) {
      throw new Refused(List.of(String.valueOf(cannotBind.getMessage())), List.of());
    } finally {
      if (!applied) {
        giveUp(opening, bound);
      }
    }
  }

  /** What stays may hang, and does not hold up what changes; unless it is to be kept otherwise. */
  private Rotations.Result rotateStaying(
      RuntimeBuilder opening,
      GatewayRuntime before,
      GatewayConfig next,
      KeyOpener keys,
      String trigger,
      @Nullable String reason) {
    boolean asBefore = before.config().keys().equals(next.keys());
    Rotations.Result result =
        rotations.rotate(
            opening.staying(),
            keys,
            trigger,
            reason,
            asBefore ? BRIEFLY : Rotations.patience(keys));
    return asBefore ? result : result.withPendingRefused();
  }

  private static void giveUp(RuntimeBuilder opening, Sockets.@Nullable Bound bound) {
    opening.discard();
    if (bound != null) {
      bound.discard();
    }
  }

  private static void refuse(List<String> problems, List<String> loosened, @Nullable String reason)
      throws Refused {
    List<String> all = new ArrayList<>(problems);
    if (reason == null) {
      loosened.forEach(
          what -> all.add("less strict, which needs allow-weaken with a reason: " + what));
    }
    if (!all.isEmpty()) {
      throw new Refused(all, reason == null ? List.copyOf(loosened) : List.of());
    }
  }

  /** Nothing here can fail, or block. */
  private void use(
      GatewayRuntime before, GatewayRuntime after, Sockets.Bound bound, Map<Path, String> held) {
    after
        .fronts()
        .values()
        .forEach(
            front ->
                front.admission().use(front.config().limits(), front.config().proxies().trusted()));
    site = after;
    sockets.use(bound.byName(), doors(after));
    beginUse(before, after);
    Set<String> serving = new HashSet<>();
    after.servers().forEach(tls -> serving.add(tls.name()));
    for (ServerTls tls : before.servers()) {
      if (!serving.contains(tls.name())) {
        shared.staples().use(tls.name(), List.of());
      }
    }
    leftovers.add(before, after);
    // What the site before has counts on, until its last connection has gone.
    shared.metrics().keepOnly(served(before, after));
    rotations.serve(after, leftovers.servers(), held);
    shared.metrics().reloads().inUse(after.config().sha256(), shared.clock().instant());
  }

  private static GatewayMetrics.Served served(GatewayRuntime... sites) {
    Set<String> listeners = new HashSet<>();
    Set<GatewayMetrics.Pair> routes = new HashSet<>();
    Set<GatewayMetrics.Pair> endpoints = new HashSet<>();
    Set<GatewayMetrics.Pair> peers = new HashSet<>();
    Set<GatewayMetrics.Pair> rotated = new HashSet<>();
    Set<GatewayMetrics.Pair> keys = new HashSet<>();
    listeners.add(Gateway.ADMIN);
    routes.add(new GatewayMetrics.Pair(RuntimeBuilder.UNROUTED, RuntimeBuilder.UNROUTED));
    for (GatewayRuntime site : sites) {
      listeners.addAll(site.fronts().keySet());
      peers.addAll(site.peers());
      keys.addAll(site.keysUsed());
      for (Rotatable rotatable : site.rotatables()) {
        rotated.add(new GatewayMetrics.Pair(rotatable.kind().label(), rotatable.name()));
      }
      for (RouteConfig route : site.config().routes()) {
        routes.add(new GatewayMetrics.Pair(route.name(), route.backend()));
      }
      site.upstreams()
          .forEach(
              (name, upstream) ->
                  upstream
                      .client()
                      .cluster()
                      .endpoints()
                      .forEach(
                          endpoint ->
                              endpoints.add(new GatewayMetrics.Pair(name, endpoint.name()))));
    }
    return new GatewayMetrics.Served(listeners, routes, endpoints, peers, rotated, keys);
  }

  /** What was opened is used from now on; what was in use before goes on. */
  private static void beginUse(@Nullable GatewayRuntime before, GatewayRuntime after) {
    for (ServerTls tls : after.servers()) {
      if (before == null || !before.servers().contains(tls)) {
        tls.beginUse();
      }
    }
    for (Upstream upstream : after.upstreams().values()) {
      if (before == null || !before.upstreams().containsValue(upstream)) {
        upstream.tls().beginUse();
      }
    }
  }

  // ---- stop

  /** Takes up no other configuration any more. Waits for none that is being opened. */
  void stop() {
    synchronized (taking) {
      stopping = true;
    }
    reloads.close();
  }

  /** Closes connections to backends. */
  void closeClients() {
    site.upstreams().values().forEach(upstream -> upstream.client().close());
    leftovers.closeClients();
  }

  /** Frees native memory; once nothing runs any more. */
  void close() {
    reloads.close();
    site.servers().forEach(ServerTls::close);
    site.upstreams().values().forEach(upstream -> upstream.tls().close());
    leftovers.close();
  }
}
