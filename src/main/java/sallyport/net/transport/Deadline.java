package sallyport.net.transport;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Timeout that is moved far more often than it fires: moving it later is a field write, because the
 * scheduled task looks at the field when it runs and goes back to sleep if the time has moved.
 *
 * <p>Belongs to one event loop; every call must run there.
 */
public final class Deadline implements Runnable {
  private static final long NONE = Long.MIN_VALUE;

  private final EventExecutor loop;
  private final Runnable onExpiry;

  /** When to fire, by the ticker of the loop; {@link #NONE} when not armed. */
  private long due = NONE;

  /** When the scheduled task runs; only meaningful while there is one. */
  private long wakeUp;

  private @Nullable Future<?> task;

  /** Runs {@code onExpiry} on {@code loop} when an armed deadline passes, once for each arming. */
  public Deadline(EventExecutor loop, Runnable onExpiry) {
    this.loop = loop;
    this.onExpiry = onExpiry;
  }

  /** Fires {@code nanos} from now unless moved or cleared before; replaces an earlier arming. */
  public void arm(long nanos) {
    assert loop.inEventLoop();
    due = loop.ticker().nanoTime() + nanos;
    if (task == null) {
      schedule(nanos);
    } else if (due - wakeUp < 0) {
      task.cancel(false);
      schedule(nanos);
    }
  }

  /** Does not fire until armed again. */
  public void clear() {
    due = NONE;
  }

  /** Clears the timeout, and frees the scheduled task, so that nothing refers to this object. */
  public void close() {
    due = NONE;
    if (task != null) {
      task.cancel(false);
      task = null;
    }
  }

  private void schedule(long nanos) {
    wakeUp = due;
    task = loop.schedule(this, nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void run() {
    task = null;
    if (due == NONE) {
      return;
    }
    long left = due - loop.ticker().nanoTime();
    if (left > 0) {
      schedule(left);
    } else {
      due = NONE;
      onExpiry.run();
    }
  }
}
