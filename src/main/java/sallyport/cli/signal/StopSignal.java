package sallyport.cli.signal;

import java.util.concurrent.CountDownLatch;

/**
 * SIGTERM and SIGINT of a process. The first signal requests an orderly stop. The second one ends
 * the process immediately. Any thread.
 *
 * <p>A shutdown hook has two defects. The JVM ends with status 143 or 130 after it, unless the hook
 * halts the JVM and so races every other hook. The hook does not see a second signal.
 */
public final class StopSignal {
  /** The exit status of a process that a signal ended, less the number of the signal. */
  private static final int ENDED_BY_SIGNAL = 128;

  private final CountDownLatch first = new CountDownLatch(1);

  private StopSignal() {}

  /** Handles both signals until the process ends. */
  public static StopSignal install() {
    StopSignal stop = new StopSignal();
    Signals.on("TERM", () -> stop.received(15));
    Signals.on("INT", () -> stop.received(2));
    return stop;
  }

  /** Waits for the first signal, without a limit. */
  public void await() throws InterruptedException {
    first.await();
  }

  private void received(int number) {
    if (first.getCount() == 0) {
      Runtime.getRuntime().halt(ENDED_BY_SIGNAL + number);
    }
    first.countDown();
  }
}
