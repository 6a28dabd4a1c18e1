package sallyport.config.health;

import java.util.LinkedHashMap;
import java.util.Map;
import sallyport.config.read.ConfigReader;

/**
 * Settings of the readiness of the gateway.
 *
 * @param backends which of them must have an endpoint in service
 */
public record ReadinessConfig(Backends backends) {
  /** Backends that must have an endpoint in service for the gateway to be ready. */
  public enum Backends {
    /** None of them: the page names those without. */
    IGNORE,
    ONE,
    ALL
  }

  /** Reads the section {@code readiness}. */
  public static ReadinessConfig read(ConfigReader in) {
    Map<String, Backends> words = new LinkedHashMap<>();
    words.put("ignore", Backends.IGNORE);
    words.put("one", Backends.ONE);
    words.put("all", Backends.ALL);
    ReadinessConfig readiness = new ReadinessConfig(in.choice("backends", words));
    in.finish();
    return readiness;
  }

  /**
   * Returns whether the gateway is ready.
   *
   * @param down number of backends without an endpoint in service
   * @param all number of backends
   */
  public boolean isReady(int down, int all) {
    return switch (backends) {
      case IGNORE -> true;
      case ONE -> down < all || all == 0;
      case ALL -> down == 0;
    };
  }
}
