package sallyport.cluster;

import java.util.function.BiConsumer;

/**
 * End of one attempt at an endpoint. Every call must run on the event loop of the exchange that got
 * it.
 */
public final class Completion {
  private final Endpoint endpoint;
  private final BiConsumer<Endpoint, Outcome> outcomes;
  private boolean done;

  Completion(Endpoint endpoint, BiConsumer<Endpoint, Outcome> outcomes) {
    this.endpoint = endpoint;
    this.outcomes = outcomes;
    endpoint.requestStarted();
  }

  /**
   * Ends the attempt: it is no longer part of the endpoint's load.
   *
   * @throws IllegalStateException when it has ended before
   */
  public void done(Outcome outcome) {
    if (done) {
      throw new IllegalStateException("the attempt has ended before");
    }
    done = true;
    endpoint.requestEnded();
    outcomes.accept(endpoint, outcome);
  }
}
