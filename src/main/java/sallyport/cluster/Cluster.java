package sallyport.cluster;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.ejection.EjectionChange;
import sallyport.cluster.ejection.Ejections;
import sallyport.cluster.health.SlowStart;
import sallyport.cluster.limit.Permits;
import sallyport.cluster.limit.RetryBudget;
import sallyport.cluster.sticky.StickyTokens;
import sallyport.config.backend.BackendConfig;
import sallyport.config.health.HealthConfig.Check;

/**
 * Service and its endpoints: it chooses one for each attempt of a request.
 *
 * <p>Endpoints come and go while it runs: {@link #use} replaces all of them at once, and a choice
 * is made among those of one moment. Threads: any; choices take no lock.
 */
public final class Cluster {
  private static final Pick NONE_HEALTHY = new Pick.NoneHealthy();
  private static final Pick OVERLOADED = new Pick.Overloaded();

  private final BackendConfig config;
  private final BiConsumer<Endpoint, Outcome> outcomes;
  private final Ejections ejections;
  private final BiConsumer<Endpoint, EjectionChange> changes;

  private final SlowStart slowStart;
  private final IntUnaryOperator random;

  /** Those of one moment. */
  private volatile Members members;

  private final List<MembershipListener> listeners = new ArrayList<>(); // guarded by this

  /** Null where clients keep no endpoint. */
  private final @Nullable StickyTokens tokens;

  /** Names and addresses that are drained. */
  private final Set<String> drained = new LinkedHashSet<>(); // guarded by this

  /** Number of endpoints that are withdrawn. */
  private final AtomicInteger withdrawn = new AtomicInteger();

  /** One for each attempt in flight. */
  private final Permits requests;

  /** One for each request that waits for a place. */
  private final Permits waiting;

  private final RetryBudget retries;
  private final long tryNanos;
  private final Panic panic = new Panic();

  /** The cluster that {@code config} describes, with nothing on its way. */
  public Cluster(BackendConfig config) {
    this(config, (endpoint, outcome) -> {});
  }

  /**
   * The cluster that {@code config} describes, with nothing on its way.
   *
   * @param outcomes takes the outcome of each attempt, once, on the event loop of its exchange
   */
  public Cluster(BackendConfig config, BiConsumer<Endpoint, Outcome> outcomes) {
    this(config, outcomes, (endpoint, change) -> {}, System::nanoTime);
  }

  /**
   * The cluster that {@code config} describes, with nothing on its way and all in service. Each
   * name has one endpoint until {@link #use} tells its addresses.
   *
   * @param outcomes takes the outcome of each attempt, once, on the event loop of its exchange
   * @param changes takes each ejection and return, on any thread
   * @param nanoTime the clock of ejections, as {@link System#nanoTime}
   */
  public Cluster(
      BackendConfig config,
      BiConsumer<Endpoint, Outcome> outcomes,
      BiConsumer<Endpoint, EjectionChange> changes,
      LongSupplier nanoTime) {
    this(config, outcomes, changes, nanoTime, /* tokens= */ null);
  }

  /**
   * The cluster that {@code config} describes, with nothing on its way and all in service.
   *
   * @param outcomes takes the outcome of each attempt, once, on the event loop of its exchange
   * @param changes takes each ejection and return, on any thread
   * @param nanoTime the clock of ejections, as {@link System#nanoTime}
   * @param tokens of the endpoints that clients keep; null where they keep none
   */
  public Cluster(
      BackendConfig config,
      BiConsumer<Endpoint, Outcome> outcomes,
      BiConsumer<Endpoint, EjectionChange> changes,
      LongSupplier nanoTime,
      @Nullable StickyTokens tokens) {
    this(
        config,
        outcomes,
        changes,
        nanoTime,
        tokens,
        below -> ThreadLocalRandom.current().nextInt(below));
  }

  /**
   * The cluster, with chance of the caller's own.
   *
   * @param random a number from 0 to below its argument
   */
  Cluster(
      BackendConfig config,
      BiConsumer<Endpoint, Outcome> outcomes,
      BiConsumer<Endpoint, EjectionChange> changes,
      LongSupplier nanoTime,
      @Nullable StickyTokens tokens,
      IntUnaryOperator random) {
    this.config = config;
    this.tokens = tokens;
    this.outcomes = outcomes;
    this.ejections = new Ejections(config.ejection(), config.endpoints().size(), nanoTime);
    this.requests = new Permits(config.limits().maxRequests());
    this.tryNanos = config.retries().tryTimeout().toNanos();
    this.retries = new RetryBudget(config.retries().budget(), nanoTime);
    this.waiting = new Permits(config.limits().maxWaiting());
    this.changes = changes;
    this.random = random;
    this.slowStart = new SlowStart(config.slowStart(), nanoTime);
    this.members = members(List.of());
    use(config.endpoints().stream().map(Target::of).toList());
  }

  // ---- membership

  /**
   * Replaces the endpoints. Those whose name and address are the same are kept as they are, with
   * their connections, load, ejection and withdrawals. Those that join are drained where {@link
   * #drain} says so. Listeners hear first who joined, then who left.
   *
   * @param targets in the order of the choice; the first of equal ones counts
   */
  public synchronized void use(List<Target> targets) {
    Map<Target.Key, Endpoint> before = new LinkedHashMap<>();
    endpoints().forEach(endpoint -> before.put(endpoint.target().key(), endpoint));
    Map<Target.Key, Endpoint> after = new LinkedHashMap<>();
    List<Endpoint> joined = new ArrayList<>();
    for (Target target : targets) {
      if (after.containsKey(target.key())) {
        continue;
      }
      Endpoint endpoint = before.remove(target.key());
      if (endpoint == null) {
        endpoint = endpoint(target);
        if (isDrained(endpoint)) {
          endpoint.withdraw(Withdrawal.DRAINED);
        }
        joined.add(endpoint);
      } else {
        endpoint.use(target);
      }
      after.put(target.key(), endpoint);
    }
    if (joined.size() < after.size()) {
      joined.forEach(Endpoint::startSlowly);
    }
    ejections.resize(after.size());
    ejections.compare(
        after.values().stream()
            .filter(endpoint -> !endpoint.isBackup())
            .map(Endpoint::ejection)
            .toList());
    members = members(List.copyOf(after.values()));
    before.values().forEach(this::leave);
    for (MembershipListener listener : listeners) {
      joined.forEach(listener::joined);
      before.values().forEach(listener::left);
    }
  }

  /** Takes leave of an endpoint, and of the drains that no other endpoint has. */
  private void leave(Endpoint gone) {
    drained.removeIf(each -> gone.isCalled(each) && called(each).isEmpty());
    gone.leave();
  }

  private boolean isDrained(Endpoint endpoint) {
    return drained.stream().anyMatch(endpoint::isCalled);
  }

  private List<Endpoint> called(String nameOrAddress) {
    return endpoints().stream().filter(each -> each.isCalled(nameOrAddress)).toList();
  }

  /**
   * Drains all endpoints of a name, those that join it later too, or those at one address. It ends
   * when the last of them has left. An address may be named that is yet to join.
   *
   * @param nameOrAddress as {@link Endpoint#name} or {@link Endpoint#address} has it
   * @return false if it was drained already
   */
  public synchronized boolean drain(String nameOrAddress) {
    called(nameOrAddress).forEach(each -> each.withdraw(Withdrawal.DRAINED));
    return drained.add(nameOrAddress);
  }

  /**
   * Ends a drain; that of a name ends those of its addresses.
   *
   * @return false if neither it nor an address of it was drained
   */
  public synchronized boolean undrain(String nameOrAddress) {
    List<Endpoint> meant = called(nameOrAddress);
    boolean any = drained.remove(nameOrAddress);
    for (Endpoint each : meant) {
      if (each.name().equals(nameOrAddress)) {
        any |= drained.remove(each.address());
      }
    }
    meant.stream()
        .filter(each -> !isDrained(each))
        .forEach(each -> each.restore(Withdrawal.DRAINED));
    return any;
  }

  /** Returns the names and addresses that are drained, in the order in which they were. */
  public synchronized List<String> drained() {
    return List.copyOf(drained);
  }

  private Members members(List<Endpoint> endpoints) {
    return new Members(endpoints, config.balance(), ejections, withdrawn, slowStart, panic, random);
  }

  private Endpoint endpoint(Target target) {
    return new Endpoint(
        target, config.pool().maxConnections(), waiting, ejections, withdrawn, slowStart, changes);
  }

  /** Tells a listener of all endpoints, which have joined, and from then on of each change. */
  public synchronized void onMembership(MembershipListener listener) {
    endpoints().forEach(listener::joined);
    listeners.add(listener);
  }

  // ---- choice

  /** Returns the configuration of the cluster. */
  public BackendConfig config() {
    return config;
  }

  /** Returns those of this moment, in the order of the configuration. */
  public List<Endpoint> endpoints() {
    return members.endpoints();
  }

  /** Returns the times in which no endpoint is in service. */
  public Panic panic() {
    return panic;
  }

  /**
   * Begins or ends the part of health checks in trials of ejected endpoints: a check of {@code
   * http} is the trial, and after another one that has passed a request is.
   */
  public void checksRun(boolean run) {
    Check check = run ? config.health().check() : Check.OFF;
    ejections.trials(
        switch (check) {
          case OFF -> Ejections.Trials.REQUESTS;
          case HTTP -> Ejections.Trials.CHECKS;
          case TLS, TCP, POSTGRES -> Ejections.Trials.CHECKED_REQUESTS;
        });
  }

  /** Returns whether clients keep the endpoint of their first request. */
  public boolean isSticky() {
    return tokens != null;
  }

  /**
   * Returns the token of an endpoint.
   *
   * @throws NullPointerException unless {@link #isSticky}
   */
  public String token(Endpoint endpoint) {
    return Objects.requireNonNull(tokens).of(endpoint.described());
  }

  /** Returns the endpoint of a token; null if it is of none. */
  public @Nullable Endpoint endpointOf(String token) {
    if (tokens != null) {
      for (Endpoint endpoint : members.endpoints()) {
        if (tokens.isOf(endpoint.described(), token)) {
          return endpoint;
        }
      }
    }
    return null;
  }

  /** Returns the number of attempts in flight, over all endpoints. */
  public int requests() {
    return requests.taken();
  }

  /** Returns the number of attempts that one request may make, 1 or more. */
  public int maxAttempts() {
    return 1 + config.retries().attempts();
  }

  /**
   * Returns the time after which an attempt without the head of a response gives way to another
   * endpoint, in nanoseconds; 0 if it never does.
   */
  public long tryNanos() {
    return tryNanos;
  }

  /**
   * Takes one attempt after the first of a request from the budget of the cluster.
   *
   * @return false when none is left
   */
  public boolean tryRetry() {
    return retries.tryTake();
  }

  /** Chooses an endpoint, and counts the attempt as part of its load and of that of the cluster. */
  public Pick pick(PickContext context) {
    if (context.bound() != null) {
      return picked(context, context.bound(), /* bound= */ true);
    }
    Endpoint endpoint = members.choose(context);
    return endpoint == null ? NONE_HEALTHY : picked(context, endpoint, /* bound= */ false);
  }

  private Pick picked(PickContext context, Endpoint endpoint, boolean bound) {
    if (!requests.tryTake()) {
      return OVERLOADED;
    }
    if (context.first()) {
      retries.requestStarted();
    }
    return new Pick.Picked(endpoint, new Completion(endpoint, bound, requests, outcomes));
  }

  /**
   * Returns whether another attempt could choose an available endpoint: not this one, and none of
   * those that were tried.
   */
  public boolean hasOther(List<Endpoint> tried, Endpoint current) {
    return members.hasOther(tried, current);
  }

  /** Returns whether one of the endpoints was not tried, and is not drained. */
  public boolean hasUntried(List<Endpoint> tried) {
    return members.hasUntried(tried);
  }

  /** Returns whether one of the backups was not tried, and is not drained. */
  public boolean hasUntriedBackup(List<Endpoint> tried) {
    return members.hasUntriedBackup(tried);
  }
}
