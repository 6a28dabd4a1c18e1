package sallyport.cli.notify;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.values.DurationText;

/**
 * Signs of life of a process, each of which every event loop has to answer for. A loop that does
 * not run its tasks stops them, so that the service manager ends the process.
 *
 * <p>A thread of its own, until {@link #close}.
 */
final class Watchdog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  private final List<Executor> loops;
  private final Duration every;
  private final Runnable ping;
  private final Thread thread;

  /**
   * @param every how often a sign is given; above 0
   * @param ping gives one
   */
  private Watchdog(List<Executor> loops, Duration every, Runnable ping) {
    this.loops = loops;
    this.every = every;
    this.ping = ping;
    this.thread = Thread.ofPlatform().daemon().name("sallyport-watchdog").unstarted(this::run);
  }

  /** Begins at once. */
  static Watchdog start(List<Executor> loops, Duration every, Runnable ping) {
    Watchdog watchdog = new Watchdog(loops, every, ping);
    watchdog.thread.start();
    return watchdog;
  }

  private void run() {
    try {
      while (true) {
        long due = System.nanoTime() + every.toNanos();
        awaitLoops();
        ping.run();
        TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    } catch (RejectedExecutionException ended) {
      LOG.debug("the event loops have ended");
    }
  }

  /** Waits until every loop has run a task, for as long as that takes. */
  private void awaitLoops() throws InterruptedException {
    CountDownLatch answers = new CountDownLatch(loops.size());
    loops.forEach(loop -> loop.execute(answers::countDown));
    if (!answers.await(every.toNanos(), TimeUnit.NANOSECONDS)) {
      LOG.warn(
          "{} of {} event loops have run no task for {}; the service manager gets no sign of life"
              + " until they do",
          answers.getCount(),
          loops.size(),
          DurationText.of(every));
      answers.await();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
