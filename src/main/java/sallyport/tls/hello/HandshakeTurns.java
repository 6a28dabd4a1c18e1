package sallyport.tls.hello;

import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.tls.HandshakesConfig;

/**
 * Queue in which the handshakes of one event loop wait for their turn, so that many new clients do
 * not delay those that are connected. Once a turn of the loop has begun as much as its limit, the
 * rest waits until every socket has been served again. Nothing waits while there is room, so that a
 * processor is never idle for it.
 *
 * <p>The limit counts what a handshake costs, not how long it takes: a client that never finishes
 * one holds no place. Resumed handshakes have a queue of their own, which full ones do not fill. A
 * client may claim to resume a session that does not exist, so that this queue has the same limit.
 *
 * <p>Nothing waits for longer than its client is likely to: a handshake that is begun for a client
 * about to leave is wasted, and in an overload all would be. While the overload lasts, the bound is
 * a tenth, so that the queue stays short and those that are served are served soon (controlled
 * delay: Nichols and Jacobson, RFC 8289, with a bound in place of its rising rate).
 *
 * <p>Every call must run on the loop.
 */
public final class HandshakeTurns implements Runnable {
  /** Queue of one kind of handshakes, and what has begun in this turn. */
  private final class Line {
    private final ArrayDeque<Turn> waiting = new ArrayDeque<>();
    private int begun;

    /** When it was last empty. */
    private long emptyAt = nanoTime.getAsLong();

    boolean hasRoom() {
      return waiting.isEmpty() && begun < limits.perTurn();
    }

    void add(Turn turn) {
      if (waiting.isEmpty()) {
        emptyAt = turn.since;
      }
      waiting.add(turn);
    }

    void nextTurn() {
      begun = 0;
      if (waiting.isEmpty()) {
        return;
      }
      giveUp(nanoTime.getAsLong());
      Turn next;
      while (begun < limits.perTurn() && (next = waiting.poll()) != null) {
        // One that was given up while it waited has cost nothing.
        if (next.setUncancellable()) {
          begun += next.weight;
          next.setSuccess(null);
        }
      }
    }

    /** Cancels those that have waited too long: the first ones, as all wait in turn. */
    private void giveUp(long now) {
      long most = now - emptyAt > maxWait ? maxWaitInOverload : maxWait;
      Turn first;
      while ((first = waiting.peek()) != null && now - first.since > most) {
        waiting.remove();
        first.cancel(/* mayInterruptIfRunning= */ false);
      }
    }
  }

  private static final class Turn extends DefaultPromise<Void> {
    private final int weight;
    private final long since;

    Turn(EventExecutor loop, int weight, long since) {
      super(loop);
      this.weight = weight;
      this.since = since;
    }
  }

  private final EventExecutor loop;
  private final HandshakesConfig limits;
  private final LongSupplier nanoTime;
  private final long maxWait;
  private final long maxWaitInOverload;
  private final Line full;
  private final Line resumed;
  private boolean turning;

  public HandshakeTurns(EventExecutor loop, HandshakesConfig limits) {
    this(loop, limits, System::nanoTime);
  }

  /**
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  HandshakeTurns(EventExecutor loop, HandshakesConfig limits, LongSupplier nanoTime) {
    this.loop = loop;
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.maxWait = limits.maxWait().toNanos();
    this.maxWaitInOverload = limits.maxWaitInOverload().toNanos();
    this.full = new Line();
    this.resumed = new Line();
  }

  /**
   * Asks to begin a handshake.
   *
   * @param weight what it costs, in full handshakes with a P-256 key
   * @param resumption whether the client offers to resume a session
   * @return done when it may begin, cancelled when it has waited too long; to be cancelled when it
   *     is no longer needed. Null where too many wait already
   */
  public @Nullable Future<Void> ask(int weight, boolean resumption) {
    assert loop.inEventLoop();
    Line line = resumption ? resumed : full;
    turnOnce();
    if (line.hasRoom()) {
      line.begun += weight;
      return loop.newSucceededFuture(null);
    }
    if (line.waiting.size() >= limits.maxWaiting()) {
      return null;
    }
    Turn turn = new Turn(loop, weight, nanoTime.getAsLong());
    line.add(turn);
    return turn;
  }

  /**
   * Runs this once in this turn of the loop. A scheduled task, unlike a submitted one, runs only
   * after the sockets have been served.
   */
  private void turnOnce() {
    if (!turning) {
      turning = true;
      loop.schedule(this, 0, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void run() {
    turning = false;
    resumed.nextTurn();
    full.nextTurn();
    if (!resumed.waiting.isEmpty() || !full.waiting.isEmpty()) {
      turnOnce();
    }
  }
}
