package sallyport.cluster;

/** The answer of a cluster to a request that looks for an endpoint. */
public sealed interface Pick {
  /**
   * An endpoint, whose load counts the attempt from now on.
   *
   * @param completion must learn how the attempt ends
   */
  record Picked(Endpoint endpoint, Completion completion) implements Pick {}

  /** No endpoint can take a request. */
  record NoneHealthy() implements Pick {}

  /** Endpoints could take the request, and the cluster has as many as it may have. */
  record Overloaded() implements Pick {}
}
