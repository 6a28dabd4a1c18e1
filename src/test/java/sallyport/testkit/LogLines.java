package sallyport.testkit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** What one logger wrote, as it comes. */
public final class LogLines implements AutoCloseable {
  private static final long TIMEOUT_SECONDS = 20;
  private static final Pattern COUNT = Pattern.compile("\"count\":(\\d+)");

  private final Logger logger;
  private final @Nullable Level level;
  private final List<String> lines = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();

  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lock.lock();
          try {
            lines.add(event.getFormattedMessage());
            added.signalAll();
          } finally {
            lock.unlock();
          }
        }
      };

  public LogLines(String name) {
    logger = (Logger) LoggerFactory.getLogger(name);
    level = logger.getLevel();
    appender.setContext(logger.getLoggerContext());
    appender.start();
    // What it says to operators, which other tests need not show.
    logger.setLevel(Level.INFO);
    logger.addAppender(appender);
  }

  /** The first line that fits, waiting for it if need be. */
  public String await(Predicate<String> fits) {
    return await(fits, 1);
  }

  private String await(Predicate<String> fits, int nth) {
    long left = TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    lock.lock();
    try {
      int seen = 0;
      int fitting = 0;
      while (true) {
        for (; seen < lines.size(); seen++) {
          if (fits.test(lines.get(seen)) && ++fitting == nth) {
            return lines.get(seen);
          }
        }
        if (left <= 0) {
          throw new AssertionError("no such line in " + lines);
        }
        left = added.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      lock.unlock();
    }
  }

  public String awaitContaining(String text) {
    return awaitContaining(text, 1);
  }

  /**
   * The same for a line that is not the first of its kind.
   *
   * @param nth of the lines that contain the text, from 1
   */
  public String awaitContaining(String text, int nth) {
    return await(line -> line.contains(text), nth);
  }

  /** How many refusals audit lines tell of: by their {@code count}, or one each. */
  public static int told(List<String> lines) {
    int told = 0;
    for (String line : lines) {
      Matcher count = COUNT.matcher(line);
      told += count.find() ? Integer.parseInt(count.group(1)) : 1;
    }
    return told;
  }

  public List<String> all() {
    lock.lock();
    try {
      return List.copyOf(lines);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
    logger.setLevel(level);
    appender.stop();
  }
}
