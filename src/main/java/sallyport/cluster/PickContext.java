package sallyport.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Inputs to the choice of an endpoint.
 *
 * @param tried endpoints of earlier attempts of the same request, the last one last
 * @param bound the only endpoint that will do; null where any will
 */
public record PickContext(List<Endpoint> tried, @Nullable Endpoint bound) {
  /** The first attempt of a request. */
  public static final PickContext FIRST = new PickContext(List.of(), null);

  /** Returns the context of an attempt after those at these endpoints. */
  public static PickContext after(List<Endpoint> tried) {
    return tried.isEmpty() ? FIRST : new PickContext(tried, null);
  }

  /** Returns the context of an attempt for which only this endpoint will do. */
  public static PickContext boundTo(Endpoint endpoint) {
    return new PickContext(List.of(), endpoint);
  }
}
