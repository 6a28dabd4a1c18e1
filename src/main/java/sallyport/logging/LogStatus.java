package sallyport.logging;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import java.util.ArrayList;
import java.util.List;

/**
 * State of the writing of one log, by the logging system of this process. Losses of appenders other
 * than {@link BatchingAppender} are unknown here. Any thread; no locks.
 */
public final class LogStatus {
  private final Log log;
  private final LoggingState state;
  private final List<BatchingAppender> queues;

  private LogStatus(Log log, LoggingState state, List<BatchingAppender> queues) {
    this.log = log;
    this.state = state;
    this.queues = queues;
  }

  /** Returns the appenders that the log has now. */
  public static LogStatus of(Log log, LoggerContext context) {
    List<BatchingAppender> queues = new ArrayList<>();
    for (Appender<ILoggingEvent> appender : appenders(log, context)) {
      if (appender instanceof BatchingAppender batches) {
        queues.add(batches);
      }
    }
    return new LogStatus(log, LoggingState.of(context), List.copyOf(queues));
  }

  /** Returns which log it is. */
  public Log log() {
    return log;
  }

  /** Returns the number of lines that were lost since the process started. */
  public long lost() {
    return state.lost(log);
  }

  /** Returns the number of lines that wait to be written. */
  public int waiting() {
    int waiting = 0;
    for (int i = 0; i < queues.size(); i++) {
      waiting += queues.get(i).waiting();
    }
    return waiting;
  }

  /** Returns how many may wait; a further one is lost. */
  public int capacity() {
    return queues.stream().mapToInt(BatchingAppender::capacity).sum();
  }

  /**
   * Returns whether lines cannot be written now: a write has failed and not succeeded since, or
   * goes on for five seconds, or three quarters of the queue are full. It becomes false again
   * without help.
   */
  public boolean isUnwritable() {
    // By index: an exchange may ask.
    for (int i = 0; i < queues.size(); i++) {
      if (queues.get(i).isUnwritable()) {
        return true;
      }
    }
    return false;
  }

  // ---- how it is set up

  public static List<Appender<ILoggingEvent>> appenders(Log log, LoggerContext context) {
    List<Appender<ILoggingEvent>> found = new ArrayList<>();
    String name = log.logger();
    while (true) {
      ch.qos.logback.classic.Logger logger = context.getLogger(name);
      logger.iteratorForAppenders().forEachRemaining(found::add);
      if (name.equals(Log.SYSTEM.logger()) || !logger.isAdditive()) {
        return found;
      }
      int dot = name.lastIndexOf('.');
      name = dot < 0 ? Log.SYSTEM.logger() : name.substring(0, dot);
    }
  }
}
