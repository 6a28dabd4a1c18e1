package sallyport.logging;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Appender of lines to a file, below a {@link BatchingAppender}. A {@code %d} in its name stands
 * for the day in UTC, and each day has a file of its own.
 *
 * <p>Opens the file at the start, and another one when the day changes, when asked to (SIGUSR1),
 * and within a second of use when the file was moved or removed. A file that ends within a line,
 * after a crash, gets a line end first. A file that is made can be read by its owner and its group.
 */
public final class FileAppender extends LineAppender {
  private static final Set<StandardOpenOption> HOW =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);

  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Clock clock;
  private @Nullable DatedFile file;
  private int keepDays;
  private volatile boolean reopening;

  // ---- what is open; guarded by the lock of the appender
  private @Nullable FileChannel open;
  private Path path = Path.of("");
  private long day;
  private @Nullable Object identity;
  private long looked;

  /** For logback. */
  public FileAppender() {
    this(Clock.systemUTC());
  }

  FileAppender(Clock clock) {
    super(new ReentrantLock());
    this.clock = clock;
  }

  /** Sets the name, with {@code %d} for the day or without. For logback; before the start. */
  public void setFile(String name) {
    file = new DatedFile(name.strip());
  }

  /**
   * Sets the number of days whose files are kept, of a name with {@code %d}; 0: all. For logback.
   */
  public void setKeepDays(int days) {
    keepDays = days;
  }

  /** Returns the problem of the settings; null where they are valid. */
  @Nullable
  public String settingsProblem() {
    return file == null || keepDays < 0 ? "needs a file, and keepDays 0 or more" : null;
  }

  /** Returns the file of today, after the settings. */
  public Path file() {
    return Objects.requireNonNull(file).on(today());
  }

  @Override
  public void start() {
    String wrong = settingsProblem();
    if (wrong != null) {
      addError("appender " + getName() + ": " + wrong);
      return;
    }
    try {
      open();
    } catch (IOException e) {
      addError("appender %s: cannot open %s: %s".formatted(getName(), path, reason(e)));
      return;
    }
    super.start();
  }

  @Override
  String place() {
    return path.toString();
  }

  @Override
  void reopen() {
    reopening = true;
  }

  @Override
  WritableByteChannel channel() throws IOException {
    FileChannel now = open;
    if (now == null || !now.isOpen() || reopening || day != today()) {
      return open();
    }
    if (isMoved()) {
      warn(path + " was moved or removed, and is made anew");
      return open();
    }
    return now;
  }

  private long today() {
    return TimeUnit.MILLISECONDS.toDays(clock.millis());
  }

  private boolean isMoved() throws IOException {
    long now = System.nanoTime();
    if (now - looked < LOOK_NANOS) {
      return false;
    }
    looked = now;
    return !Objects.equals(identity, identify());
  }

  private @Nullable Object identify() throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException gone) {
      return "none";
    }
  }

  private FileChannel open() throws IOException {
    close();
    reopening = false;
    day = today();
    DatedFile named = Objects.requireNonNull(file);
    path = named.on(day);
    Path folder = path.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder, LogFileAccess.FOLDER);
    }
    FileChannel opened = FileChannel.open(path, HOW, LogFileAccess.FILE);
    try {
      if (endsWithinLine()) {
        opened.write(ByteBuffer.wrap(new byte[] {'\n'}));
      }
      identity = identify();
      looked = System.nanoTime();
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    open = opened;
    removeOld(named);
    return opened;
  }

  private void removeOld(DatedFile named) {
    try {
      if (keepDays > 0) {
        named.removeBefore(day - keepDays + 1);
      }
    } catch (IOException e) {
      warn("files before " + path + " cannot be removed: " + reason(e));
    }
  }

  private boolean endsWithinLine() throws IOException {
    if (!Files.isRegularFile(path) || Files.size(path) == 0) {
      return false;
    }
    try (FileChannel reading = FileChannel.open(path, StandardOpenOption.READ)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      return reading.read(last, reading.size() - 1) == 1 && last.get(0) != '\n';
    }
  }

  private void close() {
    FileChannel before = open;
    open = null;
    if (before != null) {
      try {
        before.close();
      } catch (IOException e) {
        warn(path + " cannot be closed: " + reason(e));
      }
    }
  }

  @Override
  public void stop() {
    super.stop();
    close();
  }
}
