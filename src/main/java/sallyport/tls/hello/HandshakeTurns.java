package sallyport.tls.hello;

import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
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
 * <p>Every call must run on the loop.
 */
public final class HandshakeTurns implements Runnable {
  /** Queue of one kind of handshakes, and what has begun in this turn. */
  private final class Line {
    private final ArrayDeque<Turn> waiting = new ArrayDeque<>();
    private int begun;

    boolean hasRoom() {
      return waiting.isEmpty() && begun < limits.perTurn();
    }

    void nextTurn() {
      begun = 0;
      Turn next;
      while (begun < limits.perTurn() && (next = waiting.poll()) != null) {
        // One that was given up while it waited has cost nothing.
        if (next.setUncancellable()) {
          begun += next.weight;
          next.setSuccess(null);
        }
      }
    }
  }

  private static final class Turn extends DefaultPromise<Void> {
    private final int weight;

    Turn(EventExecutor loop, int weight) {
      super(loop);
      this.weight = weight;
    }
  }

  private final EventExecutor loop;
  private final HandshakesConfig limits;
  private final Line full = new Line();
  private final Line resumed = new Line();
  private boolean turning;

  public HandshakeTurns(EventExecutor loop, HandshakesConfig limits) {
    this.loop = loop;
    this.limits = limits;
  }

  /**
   * Asks to begin a handshake.
   *
   * @param weight what it costs, in full handshakes with a P-256 key
   * @param resumption whether the client offers to resume a session
   * @return done when it may begin; to be cancelled when it is no longer needed. Null where too
   *     many wait already
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
    Turn turn = new Turn(loop, weight);
    line.waiting.add(turn);
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
