package sallyport.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Inputs to the choice of an endpoint.
 *
 * @param tried endpoints of earlier attempts of the same request, the last one last
 * @param bound the only endpoint that will do; null where any will
 * @param key what the choice is hashed from; null where the balance needs none, or the request has
 *     none
 * @param preferred the endpoint that the client keeps, which serves as long as it is in service;
 *     null without one
 * @param again the endpoint of the last attempt where only its connection had ended, so that the
 *     endpoint itself may serve; null without one
 * @param first whether the request had no attempt before
 */
public record PickContext(
    List<Endpoint> tried,
    @Nullable Endpoint bound,
    @Nullable String key,
    @Nullable Endpoint preferred,
    @Nullable Endpoint again,
    boolean first) {
  /** The first attempt of a request without a key. */
  public static final PickContext FIRST = first(null);

  /**
   * Returns the context of the first attempt of a request.
   *
   * @param key what the choice is hashed from; null without one
   */
  public static PickContext first(@Nullable String key) {
    return new PickContext(List.of(), null, key, null, null, true);
  }

  /**
   * Returns the context of an attempt after those at these endpoints.
   *
   * @param tried at least one
   * @param key as that of the first attempt
   * @param again the last of them where only its connection had ended; null without one
   */
  public static PickContext after(
      List<Endpoint> tried, @Nullable String key, @Nullable Endpoint again) {
    return new PickContext(tried, null, key, null, again, false);
  }

  /** Returns the context of the same attempt of a client that keeps an endpoint. */
  public PickContext preferring(Endpoint endpoint) {
    return new PickContext(tried, bound, key, endpoint, again, first);
  }

  /**
   * Returns the context of an attempt for which only this endpoint will do.
   *
   * @param first whether the request had no attempt before
   */
  public static PickContext boundTo(Endpoint endpoint, boolean first) {
    return new PickContext(List.of(), endpoint, null, null, null, first);
  }
}
