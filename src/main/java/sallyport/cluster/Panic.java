package sallyport.cluster;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Time in which no endpoint of a cluster is in service, so that requests go to endpoints that are
 * ejected or unhealthy.
 *
 * <p>Any thread; no locks. The listener runs on the thread of the request that finds a change.
 */
public final class Panic {
  /** Listener to requests and changes. */
  public interface Listener {
    /** Reports a request that goes to an endpoint that is out of service. */
    void onRequest();

    /** Reports the first such request. */
    void onBegin();

    /** Reports the first request after it that found an endpoint in service. */
    void onEnd();
  }

  private static final Listener NONE =
      new Listener() {
        @Override
        public void onRequest() {}

        @Override
        public void onBegin() {}

        @Override
        public void onEnd() {}
      };

  private final AtomicBoolean on = new AtomicBoolean();
  private volatile Listener listener = NONE;

  Panic() {}

  /** Sets the only listener. */
  public void listen(Listener only) {
    listener = only;
  }

  /** Counts a request that finds no endpoint in service. */
  void request() {
    listener.onRequest();
    if (!on.get() && on.compareAndSet(false, true)) {
      listener.onBegin();
    }
  }

  /** Notes that a request has found an endpoint in service. */
  void over() {
    if (on.get() && on.compareAndSet(true, false)) {
      listener.onEnd();
    }
  }
}
