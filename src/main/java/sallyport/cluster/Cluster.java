package sallyport.cluster;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.ejection.EjectionChange;
import sallyport.cluster.ejection.Ejections;
import sallyport.cluster.limit.Permits;
import sallyport.cluster.limit.RetryBudget;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.Balance;

/**
 * Service and its endpoints: it chooses one for each attempt of a request.
 *
 * <p>Threads: any.
 */
public final class Cluster {
  private static final Pick NONE_HEALTHY = new Pick.NoneHealthy();
  private static final Pick OVERLOADED = new Pick.Overloaded();

  private final BackendConfig config;
  private final BiConsumer<Endpoint, Outcome> outcomes;
  private final Ejections ejections;
  private final List<Endpoint> endpoints;

  /** Number of endpoints that are withdrawn. */
  private final AtomicInteger withdrawn = new AtomicInteger();

  /** One for each attempt in flight. */
  private final Permits requests;

  private final RetryBudget retries;
  private final AtomicInteger turn = new AtomicInteger();
  private final AtomicInteger retryTurn = new AtomicInteger();

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
   * The cluster that {@code config} describes, with nothing on its way and all in service.
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
    this.config = config;
    this.outcomes = outcomes;
    this.ejections = new Ejections(config.ejection(), config.endpoints().size(), nanoTime);
    this.requests = new Permits(config.limits().maxRequests());
    this.retries = new RetryBudget(config.retries().budget(), nanoTime);
    Permits waiting = new Permits(config.limits().maxWaiting());
    int maxConnections = config.pool().maxConnections();
    this.endpoints =
        config.endpoints().stream()
            .map(
                endpoint ->
                    new Endpoint(endpoint, maxConnections, waiting, ejections, withdrawn, changes))
            .toList();
  }

  /** Returns the configuration of the cluster. */
  public BackendConfig config() {
    return config;
  }

  /** Returns all of them, in the order of the configuration. */
  public List<Endpoint> endpoints() {
    return endpoints;
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
    Endpoint endpoint = context.tried().isEmpty() ? next() : other(context.tried());
    if (endpoint == null) {
      return NONE_HEALTHY;
    }
    return picked(context, endpoint, /* bound= */ false);
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
    for (Endpoint endpoint : endpoints) {
      if (!endpoint.equals(current) && !tried.contains(endpoint) && endpoint.isAvailable()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns those of the endpoints that are available, or else all that are not drained: a fault of
   * all of them is rarer than one of the checks, and an answer of 503 would be no better.
   */
  private List<Endpoint> available(List<Endpoint> among) {
    if (!ejections.isAnyOut() && withdrawn.get() == 0) {
      return among;
    }
    List<Endpoint> available = among.stream().filter(Endpoint::isAvailable).toList();
    return available.isEmpty()
        ? among.stream().filter(endpoint -> !endpoint.isWithdrawn(Withdrawal.DRAINED)).toList()
        : available;
  }

  /**
   * Returns the endpoint for the first attempt of a request, which takes the next turn; null where
   * none may be chosen.
   */
  private @Nullable Endpoint next() {
    List<Endpoint> available = available(endpoints);
    return switch (available.size()) {
      case 0 -> null;
      case 1 -> available.getFirst();
      default -> choose(available, Math.floorMod(turn.getAndIncrement(), available.size()));
    };
  }

  /**
   * Returns the endpoint for another attempt of the same request. Takes no turn: otherwise, of two
   * endpoints, each retry would put the next request on the one that has failed. Retries have turns
   * of their own, so that the load of a dead endpoint spreads over all others.
   *
   * @param tried by this request, the last one last; at least one
   * @return one that is not among them, an ejected one only if no other is left; the last one where
   *     all are among them
   */
  private Endpoint other(List<Endpoint> tried) {
    List<Endpoint> others =
        available(endpoints.stream().filter(endpoint -> !tried.contains(endpoint)).toList());
    return others.isEmpty()
        ? tried.getLast()
        : choose(others, Math.floorMod(retryTurn.getAndIncrement(), others.size()));
  }

  /**
   * Returns the endpoint by the configured balancing; both kinds begin at a rotating offset, so
   * that equals share the load.
   */
  private Endpoint choose(List<Endpoint> among, int start) {
    return switch (config.balance()) {
      case Balance.ROUND_ROBIN -> among.get(start);
      case Balance.LEAST_REQUESTS -> leastRequests(among, start);
    };
  }

  private static Endpoint leastRequests(List<Endpoint> among, int start) {
    Endpoint best = among.get(start);
    for (int i = 1; i < among.size(); i++) {
      Endpoint candidate = among.get((start + i) % among.size());
      if (candidate.requests() < best.requests()) {
        best = candidate;
      }
    }
    return best;
  }
}
