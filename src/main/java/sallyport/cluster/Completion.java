package sallyport.cluster;

import java.util.function.BiConsumer;
import sallyport.cluster.ejection.EndpointEjection;
import sallyport.cluster.health.SlowStart;
import sallyport.cluster.limit.Permits;
import sallyport.net.Failure;

/**
 * End of one attempt at an endpoint. Every call must run on the event loop of the exchange that got
 * it.
 */
public final class Completion {
  private final Endpoint endpoint;
  private final Permits requests;
  private final BiConsumer<Endpoint, Outcome> outcomes;

  /** Epoch of {@link Endpoint#ejection} in which the attempt began. */
  private final int epoch;

  /** Whether the whole request is on its way. */
  private boolean sent;

  /** When it was, as the endpoint's ejection tells it. */
  private long sentNanos;

  /** Whether the endpoint has answered: how the response ends tells no more of it. */
  private boolean answered;

  private boolean done;

  /**
   * @param bound whether no other endpoint would do: the connection is one client's own, and tells
   *     nothing of others
   * @param requests of the cluster, one of which was taken for this attempt
   */
  Completion(
      Endpoint endpoint, boolean bound, Permits requests, BiConsumer<Endpoint, Outcome> outcomes) {
    this.endpoint = endpoint;
    this.requests = requests;
    this.outcomes = outcomes;
    this.epoch = bound ? EndpointEjection.NO_EPOCH : endpoint.ejection().begin();
    endpoint.requestStarted();
  }

  /** Records the end of a request on its connection: from now on the endpoint alone takes time. */
  public void requestSent() {
    sent = true;
    sentNanos = endpoint.ejection().requestSent();
  }

  /** Records the head of a final response, which may be long before its end. */
  public void headReceived() {
    if (!answered) {
      answered = true;
      endpoint.ejection().answered(epoch);
      if (sent && endpoint.share() == SlowStart.FULL) {
        endpoint.ejection().took(epoch, sentNanos);
      }
    }
  }

  /**
   * Ends the attempt: it is no longer part of the load of the endpoint and the cluster.
   *
   * @throws IllegalStateException when it has ended before
   */
  public void done(Outcome outcome) {
    if (done) {
      throw new IllegalStateException("the attempt has ended before");
    }
    done = true;
    endpoint.requestEnded();
    requests.giveBack();
    if (!answered) {
      tell(outcome);
    }
    outcomes.accept(endpoint, outcome);
  }

  private void tell(Outcome outcome) {
    EndpointEjection ejection = endpoint.ejection();
    switch (outcome) {
      case Outcome.Answered complete -> ejection.answered(epoch);
      case Outcome.ConnectFailed(Failure.Upstream failure) -> ejection.failed(epoch, failure);
      case Outcome.Failed(Failure.Upstream failure) -> ejection.failed(epoch, failure);
      case Outcome.Cancelled cancelled -> ejection.undecided(epoch);
    }
  }
}
