package sallyport.tls.hello;

import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sallyport.config.tls.HandshakesConfig;

/**
 * Lets the handshakes of one event loop begin by turns, so that a storm of new clients never keeps
 * those waiting that are there already: once so much has begun in one turn of the loop, the rest
 * waits until every socket has been looked at again. Nothing is held back while there is room, so
 * that an idle processor is never the reason for waiting.
 *
 * <p>What counts is what a handshake costs, not how long it takes: a client that never finishes one
 * holds no place. Resumed handshakes have a line of their own, which full ones do not fill; what a
 * client claims to resume is not known to be true before the engine has looked, so that line has
 * the same limit.
 *
 * <p>Every call must run on the loop.
 */
public final class HandshakeTurns implements Runnable {
  /** Who waits for one turn, and what has begun in this one. */
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
   * @return done when it may begin; cancel it when nobody wants it any more. Null when too many
   *     wait already
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

  /** A scheduled task, unlike a submitted one, runs only after the sockets have had their turn. */
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
