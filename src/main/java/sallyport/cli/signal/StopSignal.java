package sallyport.cli.signal;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * SIGTERM and SIGINT of a process. The first signal requests an orderly stop. A further one
 * shortens the stop where it can be shortened, and else ends the process immediately. Any thread.
 *
 * <p>A shutdown hook has two defects. The JVM ends with status 143 or 130 after it, unless the hook
 * halts the JVM and so races every other hook. The hook does not see a second signal.
 */
public final class StopSignal {
  /** The exit status of a process that a signal ended, less the number of the signal. */
  private static final int ENDED_BY_SIGNAL = 128;

  private final CountDownLatch stop = new CountDownLatch(1);
  private final AtomicBoolean signalled = new AtomicBoolean();
  private final IntConsumer halt;
  private volatile BooleanSupplier shorter = () -> false;

  /**
   * @param halt ends the process with a status
   */
  StopSignal(IntConsumer halt) {
    this.halt = halt;
  }

  /** Handles both signals until the process ends. */
  public static StopSignal install() {
    StopSignal stop = new StopSignal(Runtime.getRuntime()::halt);
    Signals.on("TERM", () -> stop.received(15));
    Signals.on("INT", () -> stop.received(2));
    return stop;
  }

  /** Waits for the first signal, or for {@link #request}, without a limit. */
  public void await() throws InterruptedException {
    stop.await();
  }

  /** Requests an orderly stop without a signal. The next signal is the first one. */
  public void request() {
    stop.countDown();
  }

  /**
   * Shortens the stop at each further signal from now on.
   *
   * @param stop returns false when there is nothing to shorten, so that the signal ends the process
   */
  public void shorten(BooleanSupplier stop) {
    shorter = stop;
  }

  /** Handles one signal. Called on the thread of the signal. */
  void received(int number) {
    boolean again = signalled.getAndSet(true);
    stop.countDown();
    if (again && !shorter.getAsBoolean()) {
      halt.accept(ENDED_BY_SIGNAL + number);
    }
  }
}
