package sallyport.cli;

import java.util.concurrent.CountDownLatch;

/**
 * Waits for SIGTERM or SIGINT. The first one asks for an orderly stop, a second one ends the
 * process at once.
 *
 * <p>A shutdown hook would not do: with one the JVM ends with status 143 or 130 whatever the hook
 * achieved, unless the hook halts it and so races every other hook, and it never hears of a second
 * signal.
 */
public final class StopSignal {
  /** What shells add to a signal's number for a process that it ended. */
  private static final int ENDED_BY_SIGNAL = 128;

  private final CountDownLatch first = new CountDownLatch(1);

  private StopSignal() {}

  /** Takes over both signals for the rest of the process's life. */
  public static StopSignal install() {
    StopSignal stop = new StopSignal();
    Signals.on("TERM", () -> stop.received(15));
    Signals.on("INT", () -> stop.received(2));
    return stop;
  }

  /** Waits, for as long as it takes, for the first signal. */
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
