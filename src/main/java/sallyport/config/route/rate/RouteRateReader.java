package sallyport.config.route.rate;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.RateConfig;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;
import sallyport.config.read.Words;

/** Reader of the rate of a route. */
public final class RouteRateReader {
  private RouteRateReader() {}

  /** Reads a section. */
  public static RouteRateConfig read(ConfigReader in) {
    RouteRateConfig.Key key = in.choice("key", Words.of(RouteRateConfig.Key.values()));
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
