package sallyport.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Polls a value until it is the expected one. Only for what announces itself by no event: a log
 * line, an answer or a latch is awaited by its own means.
 */
public final class Eventually {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(20);

  private Eventually() {}

  /**
   * Returns once {@code value} is {@code expected}; fails after 20 s with the value that it had
   * last.
   *
   * @param what the name of the value, for the message
   */
  public static <T> void equal(String what, T expected, Supplier<T> value) {
    equal(PATIENCE, what, expected, value);
  }

  /** The same with another patience, for what takes longer. */
  public static <T> void equal(Duration patience, String what, T expected, Supplier<T> value) {
    long end = System.nanoTime() + patience.toNanos();
    T last = value.get();
    while (!expected.equals(last) && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(INTERVAL);
      last = value.get();
    }
    assertThat(last).as(what).isEqualTo(expected);
  }
}
