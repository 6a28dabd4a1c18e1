package sallyport.cluster.ejection;

import java.time.Duration;
import sallyport.net.Failure;

/** Change of the state of an endpoint, for logs and metrics. Immutable. */
public sealed interface EjectionChange {
  /**
   * The endpoint gets no requests.
   *
   * @param reason of the last failure
   * @param failures in a row; 1 for an endpoint that was on trial
   * @param time until the next trial
   */
  record Ejected(Failure.Upstream reason, int failures, Duration time) implements EjectionChange {}

  /**
   * The endpoint gets no requests, because it has failed a share of them.
   *
   * @param reason of the last failure
   * @param failures of these attempts
   * @param attempts in the window
   * @param time until the next trial
   */
  record EjectedByShare(Failure.Upstream reason, int failures, long attempts, Duration time)
      implements EjectionChange {}

  /**
   * The endpoint gets no requests, because it answers more slowly than its peers.
   *
   * @param latency median of its times
   * @param peers median of theirs
   * @param requests of the endpoint, whose times these are
   * @param time until the next trial
   */
  record EjectedByLatency(Duration latency, Duration peers, long requests, Duration time)
      implements EjectionChange {}

  /**
   * The endpoint stays, although it has failed as often: no more may be out.
   *
   * @param reason of the last failure
   * @param failures in a row, at least as many as eject
   * @param most how many endpoints may be out at a time
   * @param endpoints number of all endpoints
   */
  record Kept(Failure.Upstream reason, int failures, int most, int endpoints)
      implements EjectionChange {}

  /**
   * The endpoint stays, although it answers as slowly: no more may be out.
   *
   * @param latency median of its times
   * @param peers median of theirs
   * @param most how many endpoints may be out at a time
   * @param endpoints number of all endpoints
   */
  record KeptThoughSlow(Duration latency, Duration peers, int most, int endpoints)
      implements EjectionChange {}

  /** The endpoint gets requests again. */
  record Returned() implements EjectionChange {}
}
