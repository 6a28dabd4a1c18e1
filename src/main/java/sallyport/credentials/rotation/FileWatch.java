package sallyport.credentials.rotation;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Schedule of the looks at files. One thread at a time. */
public final class FileWatch {
  private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);

  /** The longest time between two tries of what is refused. */
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  /** A timer. */
  public interface Schedule {
    /** Repeats a task until it is cancelled, the first time after one interval. */
    Future<?> every(Duration interval, Runnable task);
  }

  private final Schedule schedule;
  private final LongConsumer look;
  private @Nullable Duration interval;
  private @Nullable Future<?> looks;

  /**
   * @param look has the files looked at, and must not block; takes the number of looks after which
   *     what is refused is tried again at the latest, 1 or more
   */
  public FileWatch(Schedule schedule, LongConsumer look) {
    this.schedule = schedule;
    this.look = look;
  }

  /**
   * Looks so often from now on. The same interval again changes nothing.
   *
   * @param next zero for never
   */
  public void use(Duration next) {
    if (next.equals(interval)) {
      return;
    }
    interval = next;
    if (looks != null) {
      looks.cancel(false);
      looks = null;
    }
    if (next.isPositive()) {
      long longest = Math.max(1, LONGEST_PAUSE.dividedBy(next));
      looks = schedule.every(next, () -> look.accept(longest));
    } else {
      LOG.warn(
          "keys.watch = 0: certificates, keys, trust, deny and revocation lists and files of"
              + " endpoints that change are taken up at SIGHUP and POST /reload alone");
    }
  }
}
