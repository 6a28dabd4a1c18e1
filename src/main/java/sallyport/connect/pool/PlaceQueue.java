package sallyport.connect.pool;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.observe.metrics.UpstreamMetrics;

/**
 * Exchanges of one event loop that wait until the endpoint may have one more connection, or one
 * that it has is free. They take a single place in the queue of the endpoint, so that event loops
 * take turns.
 *
 * <p>Every call must run on the event loop.
 */
final class PlaceQueue {
  private final Endpoint endpoint;
  private final Executor loop;
  private final UpstreamMetrics metrics;
  private final Consumer<Waiting> opener;
  private final Runnable reclaimer;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  /** Runs where a place was given up, on any event loop. */
  private final Runnable taker = this::onPlaceElsewhere;

  private boolean inLine;

  /**
   * @param opener opens a connection, whose place has been taken
   * @param reclaimer asks for the places of connections that are idle
   */
  PlaceQueue(
      Endpoint endpoint,
      Executor loop,
      UpstreamMetrics metrics,
      Consumer<Waiting> opener,
      Runnable reclaimer) {
    this.endpoint = endpoint;
    this.loop = loop;
    this.metrics = metrics;
    this.opener = opener;
    this.reclaimer = reclaimer;
  }

  /**
   * Waits until served, or {@link #remove}d.
   *
   * @return false, without a wait, when as many wait as may
   */
  boolean add(Waiting pending) {
    if (!endpoint.tryWait()) {
      return false;
    }
    metrics.waiting(1);
    waiting.add(pending);
    lineUp();
    return true;
  }

  /** Waits no more; false when it did not. */
  boolean remove(Waiting pending) {
    boolean waited = waiting.remove(pending);
    if (waited) {
      ended();
    }
    leaveLineWhenEmpty();
    return waited;
  }

  /** Returns whether no exchange waits. */
  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Counts the end of a wait. */
  private void ended() {
    metrics.waiting(-1);
    endpoint.waitEnded();
  }

  /** Returns whether exchanges of other event loops wait as well. */
  boolean isOutsideWaiting() {
    return endpoint.isAwaited() && endpoint.isAwaitedBeside(taker);
  }

  /**
   * Returns the one that has waited longest for something like this, and waits no more; null: none.
   */
  @Nullable Waiting next(Predicate<Waiting> suits) {
    if (waiting.isEmpty()) {
      return null;
    }
    Waiting found = null;
    Iterator<Waiting> each = waiting.iterator();
    while (found == null && each.hasNext()) {
      Waiting pending = each.next();
      if (pending.isCancelled()) {
        each.remove();
        ended();
      } else if (suits.test(pending)) {
        each.remove();
        ended();
        found = pending;
      }
    }
    leaveLineWhenEmpty();
    return found;
  }

  private void lineUp() {
    if (!inLine && !waiting.isEmpty()) {
      inLine = true;
      endpoint.awaitPlace(taker);
      if (endpoint.isAwaited()) {
        reclaimer.run();
      }
    }
  }

  private void leaveLineWhenEmpty() {
    if (inLine && waiting.isEmpty() && endpoint.stopAwaiting(taker)) {
      inLine = false;
    }
  }

  private void onPlaceElsewhere() {
    loop.execute(this::onPlace);
  }

  private void onPlace() {
    inLine = false;
    Waiting first = next(any -> true);
    if (first == null) {
      endpoint.connectionClosed();
    } else {
      opener.accept(first);
    }
    lineUp();
  }
}
