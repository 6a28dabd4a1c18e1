package sallyport.gateway.reload;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
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
import sallyport.admin.Control;
import sallyport.admin.GatewayStatus;
import sallyport.cluster.Cluster;
import sallyport.comply.change.Restart;
import sallyport.comply.change.Weakening;
import sallyport.config.ConfigSource;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.config.setting.Settings;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Lane;
import sallyport.credentials.rotation.Rotators;
import sallyport.gateway.runtime.GatewayResources;
import sallyport.gateway.runtime.GatewayRuntime;
import sallyport.gateway.runtime.RunningListener;
import sallyport.gateway.runtime.RuntimeBuilder;
import sallyport.gateway.runtime.Sockets;
import sallyport.gateway.runtime.Upstream;
import sallyport.net.inherit.InheritedSockets;
import sallyport.net.listener.ListenerGeneration;
import sallyport.observe.audit.AuditEvent;
import sallyport.tls.server.ServerTls;
import sallyport.tls.upstream.UpstreamTls;

/**
 * Coordinator of the runtime in use. Another one takes its place as a whole or not at all. What can
 * fail is done before anything changes. Then new connections get the new runtime, and open ones end
 * with the old one. Any thread.
 */
public final class ReloadCoordinator {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadCoordinator.class);

  /** How long a reload waits for what stays as it is. */
  private static final Duration BRIEFLY = Duration.ofSeconds(5);

  private final GatewayResources gateway;
  private final ConfigSource source;
  private final Sockets sockets;
  private final Rotations rotations;
  private final RetiredResources resources = new RetiredResources();

  /** One reload at a time; it waits for files, commands and tokens. */
  private final Lane reloads = new Lane("sallyport-reload");

  /** Held by what puts another runtime to use, which does not block. */
  private final Object taking = new Object();

  private volatile GatewayRuntime runtime;
  private volatile GatewayStatus.@Nullable Reload last;
  private volatile ReloadObserver observer = ReloadObserver.NONE;
  private boolean stopping; // guarded by taking
  private boolean held; // guarded by taking

  private ReloadCoordinator(
      GatewayResources gateway,
      ConfigSource source,
      Sockets sockets,
      Rotations rotations,
      GatewayRuntime first) {
    this.gateway = gateway;
    this.source = source;
    this.sockets = sockets;
    this.rotations = rotations;
    this.runtime = first;
  }

  // ---- start

  /**
   * Puts the first runtime to use, and accepts connections.
   *
   * @param source what later configurations are read from
   * @param builder has everything opened and bound; is committed
   * @param admin the generations of the admin listeners, by their names
   */
  public static ReloadCoordinator start(
      RuntimeBuilder builder,
      ConfigSource source,
      GatewayResources gateway,
      Sockets sockets,
      Rotations rotations,
      Map<String, ListenerGeneration> admin) {
    GatewayRuntime first = builder.build();
    ReloadCoordinator coordinator =
        new ReloadCoordinator(gateway, source, sockets, rotations, first);
    Map<String, ListenerGeneration> generations = generations(first);
    generations.putAll(admin);
    sockets.use(builder.sockets(), generations);
    beginUse(null, first);
    coordinator.resources.use(first);
    rotations.start(first, builder.held());
    gateway.metrics().reloads().inUse(first.config().sha256(), gateway.clock().instant());
    builder.commit();
    return coordinator;
  }

  private static Map<String, ListenerGeneration> generations(GatewayRuntime of) {
    Map<String, ListenerGeneration> generations = new LinkedHashMap<>();
    of.listeners().forEach((name, listener) -> generations.put(name, listener.generation()));
    return generations;
  }

  /** Returns the runtime in use. */
  public GatewayRuntime runtime() {
    return runtime;
  }

  // ---- reload

  /**
   * Reads the configuration again, and opens certificates, keys and trust again.
   *
   * @param trigger who asks
   * @param reason why security may be loosened; null when it may not
   */
  public Control.Answer reload(String trigger, @Nullable String reason) {
    ReloadObserver told = observer;
    told.reloading();
    boolean good = false;
    try {
      Control.Answer answer = awaitReload(trigger, reason);
      good = answer.isDone();
      return answer;
    } finally {
      told.reloaded(good);
    }
  }

  /** Tells this observer of each reload from now on. */
  public void observe(ReloadObserver told) {
    observer = told;
  }

  private Control.Answer awaitReload(String trigger, @Nullable String reason) {
    try {
      return reloads.submit(() -> reloadNow(trigger, reason)).get();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    } catch (CancellationException closed) {
      return Control.Answer.of(
          false, List.of("configuration: refused: the gateway is about to stop"));
    } catch (ExecutionException failed) {
      throw new IllegalStateException(failed.getCause());
    }
  }

  private Control.Answer reloadNow(String trigger, @Nullable String reason) {
    GatewayConfig before = runtime.config();
    GatewayConfig next = null;
    List<String> lines = new ArrayList<>();
    try {
      next = runtime.keys().use().call(source::read);
      if (Settings.same(next, before)) {
        gateway.metrics().reloads().reloaded("unchanged");
        lines.add("configuration: unchanged");
        Rotators.Result result =
            rotations
                .rotate(
                    runtime.rotatables(),
                    runtime.keys(),
                    trigger,
                    reason,
                    Rotators.patience(runtime.keys()))
                .withPendingRefused();
        lines.addAll(result.lines());
        return told(
            trigger,
            result.refused() ? "refused" : "unchanged",
            Control.Answer.of(!result.refused(), lines));
      }
      List<String> loosened = apply(next, trigger, reason, lines);
      gateway.metrics().reloads().reloaded("applied");
      gateway
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
        gateway
            .audit()
            .record(
                new AuditEvent.ConfigLoosened(
                    trigger, next.sha256(), what, Objects.requireNonNull(reason)));
      }
      LOG.info("the configuration {} is in use, SHA-256 {}", next.source(), next.sha256());
      return told(trigger, "applied", Control.Answer.of(true, lines));
    } catch (InvalidConfiguration unusable) {
      return refused(trigger, next, new ReloadRefused(unusable.problems(), List.of()), lines);
    } catch (ReloadRefused refused) {
      return refused(trigger, next, refused, lines);
    } catch (RuntimeException unexpected) {
      LOG.error("a reload failed", unexpected);
      return refused(
          trigger,
          next,
          new ReloadRefused(List.of("it failed; the log says how"), List.of()),
          lines);
    }
  }

  private Control.Answer refused(
      String trigger, @Nullable GatewayConfig next, ReloadRefused refused, List<String> lines) {
    GatewayConfig inUse = runtime.config();
    gateway.metrics().reloads().reloaded("refused");
    gateway
        .audit()
        .record(
            new AuditEvent.ConfigRefused(
                trigger,
                inUse.source(),
                inUse.sha256(),
                next == null ? null : next.sha256(),
                refused.problems(),
                refused.loosened()));
    LOG.error(
        "the configuration is refused, the one in use stays: {}",
        String.join("; ", refused.problems()));
    List<String> told = new ArrayList<>();
    refused.problems().forEach(problem -> told.add("configuration: refused: " + problem));
    told.addAll(lines);
    return told(trigger, "refused", Control.Answer.of(false, told));
  }

  /** Notes the outcome of a reload for the status. */
  private Control.Answer told(String trigger, String outcome, Control.Answer answer) {
    last =
        new GatewayStatus.Reload(
            gateway.clock().instant().truncatedTo(ChronoUnit.SECONDS),
            trigger,
            outcome,
            answer.lines());
    return answer;
  }

  /** Returns the last reload; null for none since the start. */
  public GatewayStatus.@Nullable Reload last() {
    return last;
  }

  /**
   * Prepares the runtime of a configuration and puts it to use.
   *
   * @return what is loosened by it
   */
  private List<String> apply(
      GatewayConfig next, String trigger, @Nullable String reason, List<String> lines)
      throws InvalidConfiguration, ReloadRefused {
    GatewayRuntime before = runtime;
    List<String> problems = new ArrayList<>(Restart.neededFor(before.config(), next));
    List<String> loosened = new ArrayList<>(Weakening.of(before.config(), next));
    ReloadRefused.whenNeeded(problems, loosened, reason);
    KeyOpener keys = before.keys().with(next.keys());
    try (RuntimeBuilder builder = new RuntimeBuilder(gateway, before, next, keys)) {
      // Files that stay are taken up as they are looked at every few seconds: each for itself. They
      // have to be kept as the next configuration wants it, or it would not start again.
      Rotators.Result staying = rotateStaying(builder, before, next, keys, trigger, reason);
      lines.addAll(staying.lines());
      if (staying.refused()) {
        problems.add("what stays in use of it cannot be opened again, see below");
      }
      builder.open(problems);
      loosened.addAll(builder.loosened());
      ReloadRefused.whenNeeded(problems, loosened, reason);
      builder.bind(sockets, new InheritedSockets());
      GatewayRuntime after = builder.build();
      synchronized (taking) {
        if (stopping) {
          throw new ReloadRefused(List.of("the gateway is about to stop"), List.of());
        }
        if (held) {
          throw new ReloadRefused(
              List.of("another process is taking over: reload that one"), List.of());
        }
        use(before, after, builder);
      }
      List<String> changes = Changes.between(before, after, loosened);
      lines.removeIf(line -> Changes.contradicts(changes, line));
      lines.addAll(0, changes);
      return loosened;
    } catch (IOException cannotBind) {
      throw new ReloadRefused(List.of(String.valueOf(cannotBind.getMessage())), List.of());
    }
  }

  /**
   * Opens again what stays. It may hang, and then delays what changes only where the settings of
   * keys are others.
   */
  private Rotators.Result rotateStaying(
      RuntimeBuilder builder,
      GatewayRuntime before,
      GatewayConfig next,
      KeyOpener keys,
      String trigger,
      @Nullable String reason) {
    boolean asBefore = before.config().keys().equals(next.keys());
    Rotators.Result result =
        rotations.rotate(
            builder.staying(), keys, trigger, reason, asBefore ? BRIEFLY : Rotators.patience(keys));
    return asBefore ? result : result.withPendingRefused();
  }

  /** Puts the next runtime to use. Nothing here can fail or block. */
  private void use(GatewayRuntime before, GatewayRuntime after, RuntimeBuilder builder) {
    after.listeners().values().forEach(RunningListener::applyAdmission);
    EndpointDrains.carryOver(clusters(before), clusters(after));
    runtime = after;
    gateway.names().use(after.config().dns());
    gateway.rates().retain(after.config().routes());
    gateway.maintenance().retain(after.config().routes());
    sockets.use(builder.sockets(), generations(after));
    beginUse(before, after);
    endStapling(before, after);
    resources.use(after);
    // The parts of the runtime before count on, until their last connection has closed.
    gateway.metrics().keepOnly(() -> ServedMetrics.of(List.of(before, after)));
    rotations.use(after, resources.leaving(), builder.held());
    gateway.metrics().reloads().inUse(after.config().sha256(), gateway.clock().instant());
    builder.commit();
  }

  private void endStapling(GatewayRuntime before, GatewayRuntime after) {
    Set<String> serving = new HashSet<>();
    after.servers().forEach(tls -> serving.add(tls.name()));
    for (ServerTls tls : before.servers()) {
      if (!serving.contains(tls.name())) {
        gateway.credentials().staples().use(tls.name(), List.of());
      }
    }
  }

  /** Tells what was opened that it is used from now on. */
  private static void beginUse(@Nullable GatewayRuntime before, GatewayRuntime after) {
    for (ServerTls tls : after.servers()) {
      if (before == null || !before.servers().contains(tls)) {
        tls.beginUse();
      }
    }
    for (Upstream upstream : after.upstreams().values()) {
      if (before == null || !before.upstreams().containsValue(upstream)) {
        upstream.tls().ifPresent(UpstreamTls::beginUse);
        upstream.client().checks().start();
      }
    }
    if (before != null) {
      for (Upstream upstream : before.upstreams().values()) {
        if (!after.upstreams().containsValue(upstream)) {
          // Its last connections end with what is known of its endpoints.
          upstream.client().checks().stop();
        }
      }
    }
  }

  // ---- drains

  /**
   * Takes an endpoint out of service for new requests, in this runtime and in those after it.
   *
   * @param endpoint {@code BACKEND/HOST:PORT}, or {@code HOST:PORT} where one backend alone has it;
   *     an address of a name in place of the name for that address alone
   * @param force whether the last endpoint of its backend may be taken
   * @param operator for the log
   */
  public Control.Answer drain(String endpoint, boolean force, String operator) {
    synchronized (taking) {
      return EndpointDrains.drain(clusters(runtime), endpoint, force, operator);
    }
  }

  /**
   * Ends a drain.
   *
   * @param endpoint as for {@link #drain}; null for all drained endpoints
   * @param operator for the log
   */
  public Control.Answer undrain(@Nullable String endpoint, String operator) {
    synchronized (taking) {
      return EndpointDrains.undrain(clusters(runtime), endpoint, operator);
    }
  }

  private static Map<String, Cluster> clusters(GatewayRuntime of) {
    Map<String, Cluster> clusters = new LinkedHashMap<>();
    of.upstreams().forEach((name, upstream) -> clusters.put(name, upstream.client().cluster()));
    return clusters;
  }

  // ---- hand-over

  /**
   * Keeps the runtime and its sockets in use until {@link #release}.
   *
   * @return null when the gateway is about to stop
   */
  public @Nullable GatewayRuntime hold() {
    synchronized (taking) {
      held = !stopping;
      return held ? runtime : null;
    }
  }

  /** Lets other configurations be used again. */
  public void release() {
    synchronized (taking) {
      held = false;
    }
  }

  // ---- stop

  /** Puts no other configuration to use any more. Does not wait for one that is being opened. */
  public void stop() {
    synchronized (taking) {
      stopping = true;
    }
    reloads.close();
  }

  /** Closes connections to backends. */
  public void closeClients() {
    resources.closeClients();
  }

  /** Frees native memory, once nothing runs any more. */
  public void close() {
    reloads.close();
    resources.close();
  }
}
