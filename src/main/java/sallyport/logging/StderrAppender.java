package sallyport.logging;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes to stderr, past {@code System.err}, which flushes after each line. All appenders of this
 * class take turns, so that no line of one is cut in two by another's.
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
