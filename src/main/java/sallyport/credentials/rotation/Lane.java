package sallyport.credentials.rotation;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Executor of the tasks of one owner that may block, one after the other. Each owner has a lane of
 * its own. A lane is a virtual thread, so that thousands cost little. Any thread.
 */
public final class Lane implements AutoCloseable {
  private static final long IDLE = 0;

  private final AtomicInteger pending = new AtomicInteger();
  private volatile long since = IDLE;
  private final ExecutorService thread;

  /**
   * @param name of its thread
   */
  public Lane(String name) {
    thread = Executors.newSingleThreadExecutor(Thread.ofVirtual().name(name).factory());
  }

  /**
   * @return cancelled when the lane is closed
   */
  public <T> Future<T> submit(Callable<T> work) {
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              since = Math.max(System.nanoTime(), IDLE + 1);
              try {
                return work.call();
              } finally {
                since = IDLE;
                pending.decrementAndGet();
              }
            });
    pending.incrementAndGet();
    try {
      thread.execute(task);
    } catch (RejectedExecutionException closed) {
      task.cancel(false);
    }
    return task;
  }

  /** Returns whether nothing is done or waits to be. */
  boolean isIdle() {
    return pending.get() == 0;
  }

  /** Returns the time since the present task began, in nanoseconds; 0 when the lane is idle. */
  long busyNanos() {
    long began = since;
    return began == IDLE ? 0 : System.nanoTime() - began;
  }

  /** Ends once everything is done that was submitted. */
  void finish() {
    thread.shutdown();
  }

  /** Interrupts what it does, and cancels what waits. */
  @Override
  public void close() {
    for (Runnable waiting : thread.shutdownNow()) {
      if (waiting instanceof Future<?> task) {
        task.cancel(false);
      }
    }
  }

  /** Returns the failure of a task whose lane was closed. */
  static IllegalStateException closed(CancellationException cancelled) {
    return new IllegalStateException("the gateway is about to stop", cancelled);
  }
}
