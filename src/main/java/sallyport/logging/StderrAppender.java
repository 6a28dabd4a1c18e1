package sallyport.logging;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Appender to stderr. It bypasses {@code System.err}, which flushes after each line. All appenders
 * of this class share a lock, so that no line is split by another.
 */
public final class StderrAppender extends LineAppender {
  private static final ReentrantLock TURN = new ReentrantLock();

  /** Of the process: it is never closed. */
  private static final WritableByteChannel STDERR =
      new FileOutputStream(FileDescriptor.err).getChannel();

  /** For logback. */
  public StderrAppender() {
    super(TURN);
  }

  @Override
  WritableByteChannel channel() {
    return STDERR;
  }

  @Override
  String place() {
    return "stderr";
  }

  @Override
  void reopen() {
    // There is nothing to open.
  }
}
