package sallyport.cluster;

import sallyport.net.Failure;

/** Outcome of an attempt at an endpoint. */
public sealed interface Outcome {
  /**
   * Complete response, or a tunnel that one side ended.
   *
   * @param status of the final response
   * @param nanos from the pick to the head of the response
   */
  record Answered(int status, long nanos) implements Outcome {}

  /** Failure before a connection was established: no byte of the request left the gateway. */
  record ConnectFailed(Failure.Upstream failure) implements Outcome {}

  /** Failure of the endpoint on an established connection, before or during its response. */
  record Failed(Failure.Upstream failure) implements Outcome {}

  /**
   * End by the client or the gateway, or of an idle connection that the endpoint had closed, which
   * is no evidence about the endpoint.
   */
  record Cancelled() implements Outcome {}
}
