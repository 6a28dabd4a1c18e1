package sallyport.cli.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import sallyport.testkit.LogLines;

/** A sign of life needs an answer of every loop. */
class WatchdogTest {
  private static final Duration OFTEN = Duration.ofMillis(1);

  private final LinkedBlockingQueue<Runnable> asked = new LinkedBlockingQueue<>();
  private final Semaphore signs = new Semaphore(0);

  private Runnable next() throws InterruptedException {
    Runnable task = asked.poll(20, TimeUnit.SECONDS);
    assertThat(task).isNotNull();
    return task;
  }

  private void awaitSign() throws InterruptedException {
    assertThat(signs.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aLoopThatDoesNotAnswerEndsTheSignsUntilItDoes() throws Exception {
    try (LogLines said = new LogLines(Watchdog.class.getName());
        Watchdog _ = Watchdog.start(List.of(Runnable::run, asked::add), OFTEN, signs::release)) {
      next().run();
      awaitSign();
      Runnable late = next();
      said.awaitContaining("1 of 2 event loops have run no task for 1ms");
      assertThat(signs.availablePermits()).isZero();
      late.run();
      awaitSign();
      next();
    }
  }

  @Test
  void loopsThatHaveEndedEndIt() throws Exception {
    Semaphore refused = new Semaphore(0);
    try (Watchdog _ =
        Watchdog.start(
            List.of(
                task -> {
                  refused.release();
                  throw new RejectedExecutionException();
                }),
            OFTEN,
            signs::release)) {
      assertThat(refused.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
      assertThat(signs.availablePermits()).isZero();
    }
  }
}
