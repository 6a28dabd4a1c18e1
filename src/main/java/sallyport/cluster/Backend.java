package sallyport.cluster;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.Balance;

/** A service and its endpoints. */
public final class Backend {
  private final BackendConfig config;
  private final List<Endpoint> endpoints;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger nextRetry = new AtomicInteger();

  /** The backend that {@code config} describes, with nothing on its way. */
  public Backend(BackendConfig config) {
    this.config = config;
    int maxConnections = config.pool().maxConnections();
    this.endpoints =
        config.endpoints().stream()
            .map(endpoint -> new Endpoint(endpoint, maxConnections))
            .toList();
  }

  /** What it was made from. */
  public BackendConfig config() {
    return config;
  }

  /** All of them, in the order of the configuration. */
  public List<Endpoint> endpoints() {
    return endpoints;
  }

  /** The endpoint for the first attempt of a request: takes the next turn. */
  public Endpoint select() {
    return endpoints.size() == 1
        ? endpoints.getFirst()
        : choose(endpoints, Math.floorMod(next.getAndIncrement(), endpoints.size()));
  }

  /**
   * The endpoint for another attempt of the same request. Takes no turn: otherwise, of two
   * endpoints, each retry would put the next request on the one that has just failed. Retries have
   * turns of their own, so that the load of a dead endpoint spreads over all others.
   *
   * @param tried by this request, the last one last; at least one
   * @return one that is not among them; the last one where all are
   */
  public Endpoint selectOther(List<Endpoint> tried) {
    List<Endpoint> others =
        endpoints.stream().filter(endpoint -> !tried.contains(endpoint)).toList();
    return others.isEmpty()
        ? tried.getLast()
        : choose(others, Math.floorMod(nextRetry.getAndIncrement(), others.size()));
  }

  /** Both ways begin at a turning offset, so that equals share the load. */
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
