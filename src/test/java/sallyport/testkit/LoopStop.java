package sallyport.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/** Holds the event loop in the audit line that a refused request causes. */
public final class LoopStop extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private final Logger log = (Logger) LoggerFactory.getLogger("sallyport.audit");
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  public LoopStop() {
    setContext(log.getLoggerContext());
    start();
    log.addAppender(this);
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event.getFormattedMessage().contains("request-refused")) {
      stopped.countDown();
      try {
        released.await(20, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  public void awaitStopped() throws InterruptedException {
    assertThat(stopped.await(20, TimeUnit.SECONDS)).isTrue();
  }

  public void release() {
    released.countDown();
  }

  @Override
  public void close() {
    release();
    log.detachAppender(this);
  }
}
