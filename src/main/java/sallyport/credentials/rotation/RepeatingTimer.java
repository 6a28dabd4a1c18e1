package sallyport.credentials.rotation;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Timer of what is repeated for certificates and keys. Its one thread must not be blocked. Any
 * thread.
 */
public final class RepeatingTimer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RepeatingTimer.class);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("sallyport-keys").factory());

  /**
   * Repeats a task, the first time after one interval. A task that fails is logged and repeated.
   *
   * @param interval longer than zero
   * @return cancelled to end it
   */
  public Future<?> every(Duration interval, Runnable task) {
    long nanos = interval.toNanos();
    return thread.scheduleWithFixedDelay(
        () -> {
          try {
            task.run();
          } catch (RuntimeException unexpected) {
            // Thrown on, it would end the schedule in silence.
            LOG.error("the certificates and keys in use stay as they are", unexpected);
          }
        },
        nanos,
        nanos,
        TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
