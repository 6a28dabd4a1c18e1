package sallyport.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Appender that gathers lines and writes them whole, many in one write.
 *
 * <p>What cannot be written is kept and tried again, from the octet at which the write ended: a
 * line of which a full disk took the first half gets its second half later. Below a {@link
 * BatchingAppender} it is tried until it succeeds or the appender stops, and lines wait in the
 * queue meanwhile; without one it is tried once. Any thread may write; a write that blocks holds
 * the lock of the appender.
 */
public abstract class LineAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
  /** The queue above the appender, where there is one. Any thread may call. */
  interface Queue {
    /** Counts lines that were not written and will not be. */
    void lose(Log log, long lines);

    /** Writes a warning to the system log; never waits. */
    void warn(String text);

    /** Returns whether lines that cannot be written now are lost. */
    boolean isStopping();
  }

  private static final int BUFFER_BYTES = 64 * 1024;
  private static final byte[] LINE_END = {'\n'};
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ReentrantLock lock;
  private final ByteBuffer unwritten = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private Encoder<ILoggingEvent> encoder = new LineEncoder();
  private @Nullable Queue queue;
  private volatile boolean failing;

  /** The channel that the last octet went to. */
  private @Nullable WritableByteChannel latest;

  /** Whether that octet was within a line. */
  private boolean withinLine;

  /** Whether a line was left unfinished for good, so that the next one needs a line end first. */
  private boolean cutOff;

  /** The log of the last line that came. */
  private Log log = Log.SYSTEM;

  /**
   * @param lock held while a line is written; shared by those who write to one place
   */
  LineAppender(ReentrantLock lock) {
    this.lock = lock;
  }

  /** Sets the encoder of events; the default writes messages unchanged. For logback. */
  public void setEncoder(Encoder<ILoggingEvent> lines) {
    encoder = lines;
  }

  /** Returns where to write now. */
  abstract WritableByteChannel channel() throws IOException;

  /** Returns the name of the destination, for people. */
  abstract String place();

  /** Opens it again before the next write, where it was opened. */
  abstract void reopen();

  void writeFor(Queue above) {
    queue = above;
  }

  /** Returns whether the last write failed. */
  boolean isFailing() {
    return failing;
  }

  @Override
  protected void append(ILoggingEvent event) {
    byte[] line = encoder.encode(event);
    lock.lock();
    try {
      log = Log.of(event.getLoggerName());
      if (line.length > unwritten.remaining()) {
        write();
      }
      for (int from = 0; from < line.length; ) {
        int length = Math.min(line.length - from, unwritten.remaining());
        unwritten.put(line, from, length);
        from += length;
        if (from < line.length) {
          write();
        }
      }
      if (queue == null) {
        write();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Writes what was gathered. */
  void flush() {
    lock.lock();
    try {
      write();
    } finally {
      lock.unlock();
    }
  }

  private void write() {
    unwritten.flip();
    while (true) {
      try {
        WritableByteChannel to = channel();
        if (!to.equals(latest)) {
          beginAt(to);
        }
        if (!unwritten.hasRemaining()) {
          break;
        }
        if (cutOff) {
          put(to, ByteBuffer.wrap(LINE_END));
          cutOff = false;
        }
        put(to, unwritten);
        withinLine = unwritten.get(unwritten.position() - 1) != '\n';
        onWritten();
      } catch (IOException e) {
        onFailure(e);
        if (queue == null || queue.isStopping()) {
          lose(count());
          cutOff |= withinLine;
          withinLine = false;
          break;
        }
        // A reopening and a stop wake it.
        LockSupport.parkNanos(this, RETRY_NANOS);
      }
    }
    unwritten.clear();
  }

  private static void put(WritableByteChannel to, ByteBuffer octets) throws IOException {
    if (to.write(octets) <= 0) {
      throw new IOException("nothing is taken");
    }
  }

  /**
   * Begins to write to another channel; the rest of a line whose beginning the old one has is lost.
   */
  private void beginAt(WritableByteChannel to) {
    latest = to;
    cutOff = false;
    if (withinLine) {
      withinLine = false;
      while (unwritten.hasRemaining() && unwritten.get() != '\n') {
        // It is left out.
      }
      lose(1);
    }
  }

  private int count() {
    int ends = 0;
    while (unwritten.hasRemaining()) {
      if (unwritten.get() == '\n') {
        ends++;
      }
    }
    return ends;
  }

  private void lose(int lines) {
    if (lines == 0) {
      return;
    }
    if (queue != null) {
      queue.lose(log, lines);
    } else {
      LoggingState.of(getContext()).lose(log, lines);
    }
  }

  private void onFailure(IOException e) {
    if (!failing) {
      failing = true;
      warn(place() + " cannot be written, lines wait and are lost in the end: " + reason(e));
    }
  }

  private void onWritten() {
    if (failing) {
      failing = false;
      warn(place() + " is written again");
    }
  }

  /** Writes a warning to the system log. */
  void warn(String text) {
    if (queue != null) {
      queue.warn(text);
    }
  }

  /** Returns the words of an exception that has some, without the name of the file. */
  static String reason(IOException e) {
    return switch (e) {
      case java.nio.file.NoSuchFileException _ -> "there is no such folder";
      case java.nio.file.AccessDeniedException _ -> "permission denied";
      case java.nio.file.FileAlreadyExistsException _ -> "a part of its path is no folder";
      case java.nio.file.FileSystemException other when other.getReason() != null ->
          other.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }

  /** Writes what was gathered, where that does not take waiting. */
  @Override
  public void stop() {
    if (isStarted()) {
      super.stop();
      flush();
    }
  }
}
