package sallyport.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.spi.AppenderAttachable;
import ch.qos.logback.core.spi.AppenderAttachableImpl;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Hands lines to its appenders on a thread of its own, many at a time: the first line after a pause
 * at once, those that follow after {@code lingerMillis}. So a busy event loop does not wake a
 * thread for each request, and where the appenders do not flush by themselves ({@code
 * immediateFlush=false}), the lines of a batch are one write.
 *
 * <p>Loses nothing: whoever writes to a full queue waits. Any thread may write.
 */
public final class BatchingAppender extends UnsynchronizedAppenderBase<ILoggingEvent>
    implements AppenderAttachable<ILoggingEvent> {
  /** How long a stop waits for what is still to be written. */
  private static final long STOP_MILLIS = 10_000;

  private final AppenderAttachableImpl<ILoggingEvent> appenders = new AppenderAttachableImpl<>();
  private final AtomicBoolean idle = new AtomicBoolean();
  private int queueSize = 8192;
  private int lingerMillis = 20;
  private BlockingQueue<ILoggingEvent> queue = new ArrayBlockingQueue<>(1);
  private volatile boolean stopping;
  private volatile @Nullable Thread writer;

  /** How many lines may wait, 1 or more. For logback; before the start. */
  public void setQueueSize(int lines) {
    queueSize = lines;
  }

  /** How long lines are gathered, 0 to 1000. For logback; before the start. */
  public void setLingerMillis(int millis) {
    lingerMillis = millis;
  }

  @Override
  public void start() {
    if (isStarted()) {
      return;
    }
    if (queueSize < 1 || lingerMillis < 0 || lingerMillis > 1000) {
      addError("queueSize must be 1 or more, lingerMillis 0 to 1000");
      return;
    }
    queue = new ArrayBlockingQueue<>(queueSize);
    stopping = false;
    Thread thread = new Thread(this::write, "log-" + getName());
    thread.setDaemon(true);
    writer = thread;
    super.start();
    thread.start();
  }

  @Override
  protected void append(ILoggingEvent event) {
    event.prepareForDeferredProcessing();
    if (!queue.offer(event)) {
      LockSupport.unpark(writer);
      putUninterruptibly(event);
    }
    if (idle.get() && idle.compareAndSet(true, false)) {
      LockSupport.unpark(writer);
    }
  }

  private void putUninterruptibly(ILoggingEvent event) {
    boolean interrupted = false;
    while (true) {
      try {
        queue.put(event);
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void write() {
    List<ILoggingEvent> batch = new ArrayList<>();
    while (true) {
      boolean last = stopping;
      queue.drainTo(batch);
      if (!batch.isEmpty()) {
        append(batch);
        batch.clear();
        if (!last) {
          LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(lingerMillis));
        }
      } else if (last) {
        return;
      } else {
        idle.set(true);
        // Who adds a line from here on sees that somebody is to be woken.
        if (queue.isEmpty() && !stopping) {
          LockSupport.park(this);
        }
        idle.set(false);
      }
    }
  }

  private void append(List<ILoggingEvent> batch) {
    try {
      for (ILoggingEvent event : batch) {
        appenders.appendLoopOnAppenders(event);
      }
      flush();
    } catch (RuntimeException e) {
      addError("cannot write log lines", e);
    }
  }

  private void flush() {
    for (Iterator<Appender<ILoggingEvent>> each = appenders.iteratorForAppenders();
        each.hasNext(); ) {
      if (each.next() instanceof OutputStreamAppender<ILoggingEvent> lines) {
        OutputStream to = lines.getOutputStream();
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

  @Override
  public void stop() {
    if (!isStarted()) {
      return;
    }
    super.stop();
    stopping = true;
    Thread thread = writer;
    if (thread != null) {
      LockSupport.unpark(thread);
      try {
        thread.join(STOP_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    appenders.detachAndStopAllAppenders();
  }

  @Override
  public void addAppender(Appender<ILoggingEvent> appender) {
    appenders.addAppender(appender);
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
  }

  @Override
  public boolean detachAppender(Appender<ILoggingEvent> appender) {
    return appenders.detachAppender(appender);
  }

  @Override
  public boolean detachAppender(String name) {
    return appenders.detachAppender(name);
  }
}
