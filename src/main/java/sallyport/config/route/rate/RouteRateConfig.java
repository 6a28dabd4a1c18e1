package sallyport.config.route.rate;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.RateConfig;
import sallyport.config.setting.Section;

/**
 * Rate of the requests of a route; over it 429.
 *
 * @param limit of each key
 * @param key by which requests are counted
 * @param header field whose value is the key; null unless {@code key} is {@code HEADER}
 */
public record RouteRateConfig(@Section("") RateConfig limit, Key key, @Nullable String header) {
  /** No limit. */
  public static final RouteRateConfig NONE =
      new RouteRateConfig(new RateConfig(0, 1), Key.CLIENT, null);

  /** Property that requests of one bucket have in common. */
  public enum Key {
    /** The client that trusted proxies tell, or else the other end of the connection. */
    CLIENT,
    /** The other end of the connection, or the client that the PROXY protocol tells. */
    SOURCE,
    /** The certificate; without one the client. */
    IDENTITY,
    /** The value of a field; without it the client. */
    HEADER,
    /** All requests of the route. */
    ALL
  }

  /** Returns what requests are counted by, for people. */
  public String by() {
    return header == null ? key.name().toLowerCase(Locale.ROOT) : "header " + header;
  }

  /** Returns whether it refuses requests that another takes. */
  public boolean demandsMoreThan(RouteRateConfig other) {
    return !limit.unlimited()
        && (other.limit.unlimited() || limit.perSecond() < other.limit.perSecond());
  }
}
