package sallyport.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;

/**
 * Writes to stderr, past {@code System.err}, which flushes after each line whatever it is asked:
 * with {@code immediateFlush=false}, below a {@link BatchingAppender}, the lines of a batch are one
 * write. A line is never cut in two, so that what others write to stderr stands between lines.
 */
public final class StderrAppender extends OutputStreamAppender<ILoggingEvent> {
  private static final int BUFFER_BYTES = 64 * 1024;

  /** Of the process; it is not for an appender to close. */
  private static final class Stderr extends BufferedOutputStream {
    Stderr() {
      super(new FileOutputStream(FileDescriptor.err), BUFFER_BYTES);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }

  @Override
  public void start() {
    setOutputStream(new Stderr());
    super.start();
  }
}
