package sallyport.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.spi.AppenderAttachable;
import ch.qos.logback.core.spi.AppenderAttachableImpl;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import sallyport.logging.json.JsonLine;

/**
 * Appender with a queue that writes lines on a thread of its own, many at a time: the first line
 * after a pause at once, later ones after {@code lingerMillis}. So a busy event loop does not wake
 * a thread for each request, and where the appenders do not flush automatically, the lines of a
 * batch are one write.
 *
 * <p>A thread that logs never waits. A line that finds the queue full is lost and counted, and once
 * lines are written again, one of them has the number of lost lines. Any thread may write.
 */
public final class BatchingAppender extends UnsynchronizedAppenderBase<ILoggingEvent>
    implements AppenderAttachable<ILoggingEvent>, LoggingState.Writer, LineAppender.Queue {
  /** Argument of a line that is notified of its loss, by the thread that logs. */
  public interface Receipt {
    void lost();
  }

  /** How long a stop waits for what is still to be written. */
  private static final long STOP_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** A batch that takes longer is stuck: the reader of a pipe or a disk does not get on. */
  private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final AppenderAttachableImpl<ILoggingEvent> appenders = new AppenderAttachableImpl<>();

  /** Lines that were lost and not reported yet. */
  private final Map<Log, AtomicLong> untold = new EnumMap<>(Log.class);

  /** Those of them that the present batch reports; belongs to the thread that writes. */
  private final Map<Log, Long> toTell = new EnumMap<>(Log.class);

  private final LogRateLimit warnings = new LogRateLimit();
  private final AtomicBoolean idle = new AtomicBoolean();
  private int queueSize = 8192;
  private int lingerMillis = 20;
  private LineQueue<ILoggingEvent> queue = new LineQueue<>(1);
  private volatile List<LineAppender> lines = List.of();
  private volatile @Nullable LoggingState state;
  private volatile boolean stopping;
  private volatile long stopBegan;
  private volatile boolean reopening;
  private volatile @Nullable Thread writer;

  /** When the batch in hand was begun, by {@link System#nanoTime()}; 0 between batches. */
  private volatile long batchBegan;

  /** For logback. */
  public BatchingAppender() {
    for (Log log : Log.values()) {
      untold.put(log, new AtomicLong());
    }
  }

  /** Sets how many lines may wait, 1 or more. For logback; before the start. */
  public void setQueueSize(int lines) {
    queueSize = lines;
  }

  /** Sets how long lines are gathered, 0 to 1000. For logback; before the start. */
  public void setLingerMillis(int millis) {
    lingerMillis = millis;
  }

  /** Returns the problem of the settings; null where they are valid. */
  @Nullable
  public String settingsProblem() {
    return queueSize < 1 || lingerMillis < 0 || lingerMillis > 1000
        ? "queueSize must be 1 or more, lingerMillis 0 to 1000"
        : null;
  }

  @Override
  public void start() {
    if (isStarted()) {
      return;
    }
    String wrong = settingsProblem();
    if (wrong != null) {
      addError(wrong);
      return;
    }
    queue = new LineQueue<>(queueSize);
    stopping = false;
    LoggingState shared = LoggingState.of(getContext());
    state = shared;
    Thread thread = new Thread(this::write, "log-" + getName());
    thread.setDaemon(true);
    writer = thread;
    super.start();
    shared.add(this);
    thread.start();
  }

  // ---- threads that log

  @Override
  protected void append(ILoggingEvent event) {
    event.prepareForDeferredProcessing();
    if (!queue.offer(event)) {
      onFull(event);
    }
    if (idle.get() && idle.compareAndSet(true, false)) {
      LockSupport.unpark(writer);
    }
  }

  private void onFull(ILoggingEvent event) {
    Log log = Log.of(event.getLoggerName());
    lose(log, 1);
    Object[] arguments = event.getArgumentArray();
    if (arguments != null && arguments.length == 1 && arguments[0] instanceof Receipt receipt) {
      receipt.lost();
    }
    if (log != Log.SYSTEM) {
      warnings.write(
          leftOut ->
              warn("lines of the " + log.tag() + " log are lost: it is not written fast enough"));
    }
  }

  @Override
  public void lose(Log log, long lines) {
    LoggingState shared = state;
    if (shared != null) {
      shared.lose(log, lines);
    }
    Objects.requireNonNull(untold.get(log)).addAndGet(lines);
  }

  /** Writes a warning to the system log; never waits. */
  @Override
  public void warn(String text) {
    if (getContext() instanceof LoggerContext context) {
      context.getLogger(BatchingAppender.class).warn("{}", text);
    }
  }

  // ---- what is asked of it

  /** Returns how many lines wait to be written, those of the batch in hand left out. */
  int waiting() {
    return queue.size();
  }

  /** Returns how many lines may wait. */
  int capacity() {
    return queue.capacity();
  }

  /**
   * Returns whether lines cannot be written now: the last write failed, one does not end, or three
   * quarters of the queue are full.
   */
  boolean isUnwritable() {
    long began = batchBegan;
    return isFailing()
        || (began != 0 && System.nanoTime() - began > STUCK_NANOS)
        || 4L * queue.size() >= 3L * queue.capacity();
  }

  private boolean isFailing() {
    List<LineAppender> all = lines;
    // By index: an exchange may ask.
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).isFailing()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void reopen() {
    lines.forEach(LineAppender::reopen);
    reopening = true;
    LockSupport.unpark(writer);
  }

  @Override
  public boolean isStopping() {
    return stopping;
  }

  // ---- the thread that writes

  private void write() {
    while (true) {
      boolean last = stopping;
      int waiting = queue.size();
      if (waiting > 0 || (!last && isAsked())) {
        reopening = false;
        write(waiting);
        if (!last) {
          LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(lingerMillis));
        }
      } else if (last) {
        return;
      } else {
        idle.set(true);
        // A thread that adds a line from here on sees that it must wake this one.
        if (queue.size() == 0 && !stopping && !isAsked()) {
          LockSupport.park(this);
        }
        idle.set(false);
      }
    }
  }

  /** Returns whether there is something to do without a line. */
  private boolean isAsked() {
    return reopening || untold.values().stream().anyMatch(count -> count.get() > 0);
  }

  private void write(int batch) {
    batchBegan = System.nanoTime() | 1;
    // They were lost after the lines of this batch, and are reported after them.
    untold.forEach((log, count) -> toTell.put(log, count.get()));
    try {
      for (int i = 0; i < batch; i++) {
        ILoggingEvent event = queue.poll();
        if (event == null) {
          break;
        }
        appenders.appendLoopOnAppenders(event);
      }
      tellOfLost();
      flush();
    } catch (RuntimeException e) {
      addError("cannot write log lines", e);
    } finally {
      batchBegan = 0;
    }
  }

  /** Writes how many lines were lost, in the log that they are missing from. */
  private void tellOfLost() {
    if (stopping && isFailing()) {
      // It would be lost as well.
      return;
    }
    toTell.forEach(
        (log, lost) -> {
          if (lost > 0 && getContext() instanceof LoggerContext context) {
            Objects.requireNonNull(untold.get(log)).addAndGet(-lost);
            Logger logger = context.getLogger(log.logger());
            appenders.appendLoopOnAppenders(
                new LoggingEvent(
                    BatchingAppender.class.getName(),
                    logger,
                    Level.WARN,
                    lostLines(log, lost),
                    null,
                    null));
          }
        });
  }

  private static String lostLines(Log log, long lost) {
    return switch (log) {
      case ACCESS, AUDIT ->
          new JsonLine()
              .field("log", log.tag())
              .time("time", System.currentTimeMillis())
              .field("event", "lines-lost")
              .field("count", lost)
              .end();
      case SYSTEM -> lost + " lines of this log were lost: it was not written fast enough";
    };
  }

  private void flush() {
    for (Iterator<Appender<ILoggingEvent>> each = appenders.iteratorForAppenders();
        each.hasNext(); ) {
      Appender<ILoggingEvent> appender = each.next();
      if (appender instanceof LineAppender own) {
        own.flush();
      } else if (appender instanceof OutputStreamAppender<ILoggingEvent> other) {
        OutputStream to = other.getOutputStream();
        if (to != null) {
          try {
            to.flush();
          } catch (IOException e) {
            addError("cannot write log lines", e);
          }
        }
      }
    }
  }

  // ---- stop

  @Override
  public void beginStop() {
    if (!stopping) {
      stopBegan = System.nanoTime();
      stopping = true;
      LockSupport.unpark(writer);
    }
  }

  /** Writes what waits, for five seconds at most; what is not written by then is lost. */
  @Override
  public void stop() {
    if (!isStarted()) {
      return;
    }
    super.stop();
    beginStop();
    LoggingState shared = state;
    if (shared != null) {
      shared.remove(this);
    }
    Thread thread = writer;
    if (thread != null) {
      long left = stopBegan + STOP_NANOS - System.nanoTime();
      try {
        thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (thread.isAlive()) {
        // It is inside a write, which can hold what the appenders need to stop.
        return;
      }
    }
    detachAndStopAllAppenders();
  }

  // ---- the appenders below

  @Override
  public void addAppender(Appender<ILoggingEvent> appender) {
    appenders.addAppender(appender);
    if (appender instanceof LineAppender own) {
      own.writeFor(this);
    }
    findLines();
  }

  private void findLines() {
    List<LineAppender> own = new ArrayList<>();
    appenders
        .iteratorForAppenders()
        .forEachRemaining(
            each -> {
              if (each instanceof LineAppender line) {
                own.add(line);
              }
            });
    lines = List.copyOf(own);
  }

  @Override
  public Iterator<Appender<ILoggingEvent>> iteratorForAppenders() {
    return appenders.iteratorForAppenders();
  }

  @Override
  public @Nullable Appender<ILoggingEvent> getAppender(String name) {
    return appenders.getAppender(name);
  }

  @Override
  public boolean isAttached(Appender<ILoggingEvent> appender) {
    return appenders.isAttached(appender);
  }

  @Override
  public void detachAndStopAllAppenders() {
    appenders.detachAndStopAllAppenders();
    findLines();
  }

  @Override
  public boolean detachAppender(Appender<ILoggingEvent> appender) {
    boolean detached = appenders.detachAppender(appender);
    findLines();
    return detached;
  }

  @Override
  public boolean detachAppender(String name) {
    boolean detached = appenders.detachAppender(name);
    findLines();
    return detached;
  }
}
