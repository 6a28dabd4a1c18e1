package sallyport.credentials.pkcs11;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import sallyport.config.certificate.SignersConfig;

/**
 * Threads that wait for one token, few and with a bounded queue: as many as the token has sessions
 * to give, and no more work than it can do before clients give up. Each token has its own pool, so
 * that one that hangs holds no thread of another.
 *
 * <p>Any thread.
 */
public final class SignerPool implements AutoCloseable {
  private static final int IDLE_SECONDS = 60;

  private final Duration timeout;
  private final ThreadPoolExecutor threads;

  /** Starts no thread before there is something to sign. */
  public SignerPool(SignersConfig config) {
    timeout = config.timeout();
    threads =
        new ThreadPoolExecutor(
            config.threads(),
            config.threads(),
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(config.maxWaiting()),
            Thread.ofPlatform().daemon().name("sallyport-signer-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /** Returns how long a signature may take, waiting included. */
  public Duration timeout() {
    return timeout;
  }

  /**
   * @return false when too much waits already
   */
  public boolean submit(Runnable signature) {
    try {
      threads.execute(signature);
      return true;
    } catch (RejectedExecutionException full) {
      return false;
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
