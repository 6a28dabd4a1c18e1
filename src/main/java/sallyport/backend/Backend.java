package sallyport.backend;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import sallyport.config.BackendConfig;
import sallyport.config.BackendConfig.Balance;

/** A service and its endpoints. */
public final class Backend {
  private final BackendConfig config;
  private final List<Endpoint> endpoints;
  private final AtomicInteger next = new AtomicInteger();

  /** The backend that {@code config} describes, with nothing on its way. */
  public Backend(BackendConfig config) {
    this.config = config;
    this.endpoints = config.endpoints().stream().map(Endpoint::new).toList();
  }

  /** What it was made from. */
  public BackendConfig config() {
    return config;
  }

  /** All of them, in the order of the configuration. */
  public List<Endpoint> endpoints() {
    return endpoints;
  }

  /**
   * The endpoint for the next request.
   *
   * @param avoid one that has just failed for this request; chosen only if there is no other
   */
  public Endpoint select(@Nullable Endpoint avoid) {
    if (endpoints.size() == 1) {
      return endpoints.getFirst();
    }
    // Both ways begin at a turning offset, so that equals share the load.
    int start = Math.floorMod(next.getAndIncrement(), endpoints.size());
    return switch (config.balance()) {
      case Balance.ROUND_ROBIN -> {
        Endpoint endpoint = endpoints.get(start);
        yield endpoint == avoid ? endpoints.get((start + 1) % endpoints.size()) : endpoint;
      }
      case Balance.LEAST_REQUESTS -> leastRequests(start, avoid);
    };
  }

  private Endpoint leastRequests(int start, @Nullable Endpoint avoid) {
    Endpoint best = endpoints.get(start);
    for (int i = 1; i < endpoints.size(); i++) {
      Endpoint candidate = endpoints.get((start + i) % endpoints.size());
      if (best == avoid || (candidate != avoid && candidate.requests() < best.requests())) {
        best = candidate;
      }
    }
    return best;
  }
}
