package sallyport.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Inputs to the choice of an endpoint.
 *
 * @param tried endpoints of earlier attempts of the same request, the last one last
 * @param bound the only endpoint that will do; null where any will
 * @param first whether the request had no attempt before; one that serves may be chosen again, and
 *     is not among those tried then
 */
public record PickContext(List<Endpoint> tried, @Nullable Endpoint bound, boolean first) {
  /** The first attempt of a request. */
  public static final PickContext FIRST = new PickContext(List.of(), null, true);

  /** Returns the context of an attempt after those at these endpoints. */
  public static PickContext after(List<Endpoint> tried) {
    return new PickContext(tried, null, false);
  }

  /**
   * Returns the context of an attempt for which only this endpoint will do.
   *
   * @param first whether the request had no attempt before
   */
  public static PickContext boundTo(Endpoint endpoint, boolean first) {
    return new PickContext(List.of(), endpoint, first);
  }
}
