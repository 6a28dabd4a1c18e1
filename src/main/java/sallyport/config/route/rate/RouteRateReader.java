package sallyport.config.route.rate;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.RateConfig;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;

/** Reader of the rate of a route. */
public final class RouteRateReader {
  private RouteRateReader() {}

  /** Reads a section. */
  public static RouteRateConfig read(ConfigReader in) {
    Map<String, RouteRateConfig.Key> keys = new LinkedHashMap<>();
    for (RouteRateConfig.Key key : RouteRateConfig.Key.values()) {
      keys.put(key.name().toLowerCase(Locale.ROOT), key);
    }
    RouteRateConfig.Key key = in.choice("key", keys);
    @Nullable String header = in.optionalString("header");
    if (key == RouteRateConfig.Key.HEADER && header == null) {
      in.problem("key", "needs a header: the name of the field");
    } else if (key != RouteRateConfig.Key.HEADER && header != null) {
      in.problem("header", "needs key = header");
    }
    RouteRateConfig rate =
        new RouteRateConfig(
            Limits.beside(RateConfig.class, in),
            key,
            header == null ? null : header.toLowerCase(Locale.ROOT));
    in.finish();
    return rate;
  }
}
