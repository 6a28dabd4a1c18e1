package sallyport.cluster;

import sallyport.net.Failure;

/** How an attempt at an endpoint ended. */
public sealed interface Outcome {
  /**
   * A whole response, or a tunnel that one side ended.
   *
   * @param status of the final response
   * @param nanos from the pick to the head of the response
   */
  record Answered(int status, long nanos) implements Outcome {}

  /** No connection came about, and no byte of the request left the gateway. */
  record ConnectFailed(Failure.Upstream failure) implements Outcome {}

  /** The endpoint failed on a connection that stood, before or during its response. */
  record Failed(Failure.Upstream failure) implements Outcome {}

  /** The client or the gateway gave up: it says nothing about the endpoint. */
  record Cancelled() implements Outcome {}
}
