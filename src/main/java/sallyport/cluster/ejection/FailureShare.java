package sallyport.cluster.ejection;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.EjectionConfig;

/**
 * Share of the attempts at one endpoint that fail. A failure begins a window of time; its attempts
 * are those from then on.
 *
 * <p>Any thread; no locks. An answer adds to a counter, and nothing more.
 */
final class FailureShare {
  /**
   * Share that ejects.
   *
   * @param failures in the window
   * @param attempts in the window
   */
  record Reached(int failures, long attempts) {}

  /**
   * Window of time.
   *
   * @param epoch of the endpoint's state
   * @param answeredBefore number of all answers before it
   */
  private record Window(int epoch, long sinceNanos, long answeredBefore, int failures) {}

  private final EjectionConfig.FailureShare rules;
  private final LongAdder answered = new LongAdder();

  /** The latest window; null before the first failure. */
  private final AtomicReference<@Nullable Window> window = new AtomicReference<>();

  FailureShare(EjectionConfig.FailureShare rules) {
    this.rules = rules;
  }

  /** Counts an attempt that was answered. */
  void answered() {
    answered.increment();
  }

  /**
   * Counts an attempt that failed.
   *
   * @param epoch of the state that it began in
   * @return the share, where it ejects; else null
   */
  @Nullable Reached failed(int epoch, long now) {
    while (true) {
      Window before = window.get();
      long answers = answered.sum();
      Window after =
          before == null || before.epoch() != epoch || isOver(before, now)
              ? new Window(epoch, now, answers, 1)
              : new Window(
                  epoch, before.sinceNanos(), before.answeredBefore(), before.failures() + 1);
      if (window.compareAndSet(before, after)) {
        long attempts = answers - after.answeredBefore() + after.failures();
        return attempts >= rules.requests() && after.failures() * 100L >= rules.atLeast() * attempts
            ? new Reached(after.failures(), attempts)
            : null;
      }
    }
  }

  private boolean isOver(Window window, long now) {
    return now - window.sinceNanos() >= rules.window().toNanos();
  }
}
