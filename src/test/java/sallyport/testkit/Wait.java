package sallyport.testkit;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for what another thread or process does and says nothing of. */
public final class Wait {
  private static final long PATIENCE_SECONDS = 60;

  private Wait() {}

  /** Returns once it is so. */
  public static void until(BooleanSupplier what) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!what.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not so after " + PATIENCE_SECONDS + " s");
      }
      Thread.onSpinWait();
    }
  }
}
