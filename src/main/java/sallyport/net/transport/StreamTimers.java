package sallyport.net.transport;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Timeouts of all streams of one connection by a single scheduled task. Arming one is a field write
 * unless it is the first to expire. The task looks at all of them, and timeouts hardly ever expire.
 *
 * <p>Belongs to one event loop; every call must run there.
 */
public final class StreamTimers implements Runnable {
  private static final long NONE = Long.MIN_VALUE;

  private final EventExecutor loop;
  private final List<Timer> timers = new ArrayList<>();

  /** When the scheduled task runs; only meaningful while there is one. */
  private long wakeUp;

  private @Nullable Future<?> task;

  /** Runs expired timers on {@code loop}. */
  public StreamTimers(EventExecutor loop) {
    this.loop = loop;
  }

  /** Timeout of one stream. */
  public static final class Timer {
    private final StreamTimers owner;
    private final Runnable onExpiry;
    private long due = NONE;

    /** Its place in the list; -1 when it is not in it. */
    private int index = -1;

    private Timer(StreamTimers owner, Runnable onExpiry) {
      this.owner = owner;
      this.onExpiry = onExpiry;
    }

    /**
     * Expires this much later unless armed or cleared before.
     *
     * @param nanos 0 or more
     */
    public void arm(long nanos) {
      due = owner.loop.ticker().nanoTime() + nanos;
      if (index < 0) {
        index = owner.timers.size();
        owner.timers.add(this);
      }
      owner.wakeUpBy(due, nanos);
    }

    /** Does not expire until armed again. */
    public void clear() {
      due = NONE;
    }

    /** Clears the timeout, and drops the reference to the stream. */
    public void close() {
      due = NONE;
      if (index >= 0) {
        owner.remove(this);
      }
    }
  }

  /** Returns a timeout that is not armed. */
  public Timer timer(Runnable onExpiry) {
    return new Timer(this, onExpiry);
  }

  /** Cancels the scheduled task, so that it keeps nothing alive. */
  public void close() {
    timers.forEach(
        timer -> {
          timer.due = NONE;
          timer.index = -1;
        });
    timers.clear();
    cancel();
  }

  private void remove(Timer timer) {
    Timer last = timers.removeLast();
    if (last != timer) {
      timers.set(timer.index, last);
      last.index = timer.index;
    }
    timer.index = -1;
  }

  private void wakeUpBy(long due, long nanos) {
    if (task == null || due - wakeUp < 0) {
      cancel();
      wakeUp = due;
      task = loop.schedule(this, nanos, TimeUnit.NANOSECONDS);
    }
  }

  private void cancel() {
    if (task != null) {
      task.cancel(false);
      task = null;
    }
  }

  @Override
  public void run() {
    task = null;
    long now = loop.ticker().nanoTime();
    // One that expires may close others, or arm itself again.
    for (Timer timer : List.copyOf(timers)) {
      if (timer.due != NONE && timer.due - now <= 0) {
        timer.due = NONE;
        timer.onExpiry.run();
      }
    }
    long left = Long.MAX_VALUE;
    for (Timer timer : timers) {
      if (timer.due != NONE) {
        left = Math.min(left, timer.due - now);
      }
    }
    if (left != Long.MAX_VALUE) {
      wakeUpBy(now + left, Math.max(0, left));
    }
  }
}
