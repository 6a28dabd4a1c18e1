package sallyport.credentials.acme.store;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Coalesced looks at something slow, for callers that must not wait. All that ask before a look
 * begins share it, and looks begin at least {@link #PAUSE} apart. So the number of requests does
 * not change the number of looks, and each request gets its answer. Any thread.
 */
public final class Looks {
  private static final Logger LOG = LoggerFactory.getLogger(Looks.class);

  static final Duration PAUSE = Duration.ofMillis(100);

  /** How long those who ask wait; authorities wait ten seconds. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Runnable look;
  private final ReentrantLock turn = new ReentrantLock();

  /** The look that has not begun; null for none. */
  private final AtomicReference<CompletableFuture<Void>> next = new AtomicReference<>();

  /**
   * @param look blocks; runs on a virtual thread
   */
  public Looks(Runnable look) {
    this.look = look;
  }

  /** Returns the end of a look that has not begun yet, or of the wait for it. Never blocks. */
  public CompletionStage<Void> ask() {
    while (true) {
      CompletableFuture<Void> waiting = next.get();
      if (waiting != null) {
        return waiting;
      }
      CompletableFuture<Void> mine = new CompletableFuture<>();
      if (next.compareAndSet(null, mine)) {
        Thread.ofVirtual().name("sallyport-acme-look").start(() -> run(mine));
        return mine;
      }
    }
  }

  private void run(CompletableFuture<Void> mine) {
    mine.completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    turn.lock();
    try {
      next.set(null);
      look.run();
      mine.complete(null);
      Thread.sleep(PAUSE);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException failed) {
      LOG.warn("a look at answers to challenges failed", failed);
    } finally {
      mine.complete(null);
      turn.unlock();
    }
  }
}
