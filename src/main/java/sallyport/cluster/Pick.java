package sallyport.cluster;

/** Answer of a cluster to a request for an endpoint. */
public sealed interface Pick {
  /**
   * Endpoint, whose load counts the attempt from now on.
   *
   * @param completion must learn how the attempt ends
   */
  record Picked(Endpoint endpoint, Completion completion) implements Pick {}

  /** Refusal because no endpoint can take a request. */
  record NoneHealthy() implements Pick {}

  /** Refusal because the cluster has as many requests as it may have. */
  record Overloaded() implements Pick {}
}
