package sallyport.credentials.sources;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sallyport.values.Sha256;

/**
 * Reads of files, commands and tokens, each within a time limit: any of them can hang, on a network
 * file system, at a prompt, behind a firewall.
 *
 * <p>A read has a thread of its own, since neither the open of a file nor a call of a PKCS#11
 * module can be interrupted. A source that hangs is not read again before that read has returned,
 * so that it holds no more threads than it had readers when it began to hang.
 *
 * <p>Any thread. Which sources a reader uses, and so the limit, is bound by {@link Use#call};
 * outside of it the limit is 30 s.
 */
public final class Sources implements AutoCloseable {
  /** Variables by which a service manager speaks to this process, and to no other. */
  private static final Set<String> OWN_VARIABLES =
      Set.of("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID");

  /** Kind of a source, for metrics. */
  public enum Kind {
    FILE("file"),
    COMMAND("command"),
    TOKEN("token");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** Returns the name in metrics. */
    public String label() {
      return label;
    }
  }

  /** Something that may hang. */
  @FunctionalInterface
  public interface Read<T> {
    T read() throws UnusableFile, IOException, GeneralSecurityException;
  }

  /** Something that reads sources; its own failures pass. */
  @FunctionalInterface
  public interface Reader<T, X extends Exception> {
    T call() throws X;
  }

  /** One opening: what is read by it has one limit, and is told apart from other openings. */
  public static final class Use {
    private final Sources sources;
    private final Duration limit;
    private final AtomicInteger unanswered = new AtomicInteger();
    private final Map<Path, String> held = new ConcurrentHashMap<>();

    private Use(Sources sources, Duration limit) {
      this.sources = sources;
      this.limit = limit;
    }

    /** Reads by these sources, on this thread. */
    public <T, X extends Exception> T call(Reader<T, X> reader) throws X {
      return ScopedValue.where(CURRENT, this).call(reader::call);
    }

    /** Begins a new opening with the same limit. */
    public Use another() {
      return new Use(sources, limit);
    }

    /** Counts the reads of it that got no answer so far. */
    public int unanswered() {
      return unanswered.get();
    }

    /**
     * Returns the SHA-256, hex, of the content of each file that was read completely; empty for a
     * file whose content changed.
     */
    public Map<Path, String> held() {
      return Map.copyOf(held);
    }

    private void noteHeld(Path file, byte[] octets) {
      String digest = Sha256.hex(octets);
      held.merge(file, digest, (before, now) -> before.equals(now) ? now : "");
    }

    public void noteUnanswered() {
      unanswered.incrementAndGet();
    }
  }

  private static final ScopedValue<Use> CURRENT = ScopedValue.newInstance();
  private static final Use DEFAULT = new Use(new Sources(), Duration.ofSeconds(30));

  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          Thread.ofPlatform().daemon().name("sallyport-source-", 0).factory());
  private final Map<Kind, LongAdder> timeouts = new ConcurrentHashMap<>();

  /** By source, the reads that were given up and have not returned. */
  private final Map<String, Integer> hanging = new HashMap<>();

  private final Set<Process> commands = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * Begins a new opening.
   *
   * @param limit of each read
   */
  public Use use(Duration limit) {
    return new Use(this, limit);
  }

  /** Returns the opening that reads on this thread belong to. */
  public static Use current() {
    return CURRENT.orElse(DEFAULT);
  }

  /** Returns the limit of each read on this thread. */
  static Duration limit() {
    return current().limit;
  }

  /** Returns whether this thread reads within {@link Use#call}. */
  public static boolean isBound() {
    return CURRENT.isBound();
  }

  // ---- files

  /**
   * Reads all octets of a file.
   *
   * @throws UnansweredSource when it does not answer in time
   */
  public static byte[] bytes(Path file) throws UnusableFile, IOException {
    return bytes(file, Long.MAX_VALUE);
  }

  /**
   * Reads all octets of a file that must not be large.
   *
   * @throws UnusableFile when it is larger, or does not answer in time
   */
  public static byte[] bytes(Path file, long most) throws UnusableFile, IOException {
    try {
      byte[] octets =
          ofFile(
              file,
              () -> {
                if (most < Long.MAX_VALUE && Files.size(file) > most) {
                  throw new UnusableFile(
                      "'" + file + "' is larger than " + most / (1024 * 1024) + " MiB");
                }
                return Files.readAllBytes(file);
              },
              late -> Arrays.fill(late, (byte) 0));
      if (isBound()) {
        current().noteHeld(file, octets);
      }
      return octets;
    } catch (NoSuchFileException gone) {
      throw new UnusableFile("there is no file '" + file + "'");
    } catch (AccessDeniedException forbidden) {
      throw new UnusableFile("the file '" + file + "' cannot be read; look at its owner and mode");
    } catch (IOException unreadable) {
      throw new UnusableFile("the file '" + file + "' cannot be read: " + unreadable.getMessage());
    }
  }

  /** Returns whether there is something by this name; also where that is not said in time. */
  public static boolean exists(Path file) {
    try {
      return attributes(file) != null;
    } catch (NoSuchFileException isNot) {
      return false;
    } catch (UnusableFile | IOException unknown) {
      return true;
    }
  }

  private static BasicFileAttributes attributes(Path file) throws UnusableFile, IOException {
    return ofFile(
        file,
        () -> Files.readAttributes(file, BasicFileAttributes.class, new LinkOption[0]),
        late -> {});
  }

  /** Reads something of a file or a folder. */
  public static <T> T ofFile(Path file, Read<T> read, Consumer<T> late)
      throws UnusableFile, IOException {
    try {
      return read(Kind.FILE, "'" + file + "'", read, late);
    } catch (GeneralSecurityException notOfFiles) {
      throw new IllegalStateException(notOfFiles);
    }
  }

  /**
   * Looks at several files at once, as one read.
   *
   * @param what they are, for people
   * @throws UnansweredSource when one does not answer in time
   */
  public static <T> T look(String what, Supplier<T> look) throws UnusableFile {
    try {
      return read(Kind.FILE, what, look::get, late -> {});
    } catch (IOException | GeneralSecurityException notOfFiles) {
      throw new IllegalStateException(notOfFiles);
    }
  }

  // ---- anything

  /**
   * Reads on a thread of its own, and waits for it until the limit.
   *
   * @param what it is, for people; sources with the same name are the same
   * @param late takes what comes after the reader has given up
   * @throws UnansweredSource when it does not answer in time, or hangs from an earlier read
   */
  public static <T> T read(Kind kind, String what, Read<T> read, Consumer<T> late)
      throws UnusableFile, IOException, GeneralSecurityException {
    Use use = current();
    return use.sources.read(use, kind, what, read, late);
  }

  private <T> T read(Use use, Kind kind, String what, Read<T> read, Consumer<T> late)
      throws UnusableFile, IOException, GeneralSecurityException {
    synchronized (hanging) {
      if (hanging.containsKey(what)) {
        use.noteUnanswered();
        throw new UnansweredSource(
            what + " still hangs from an earlier try, and is not tried again before that returns");
      }
    }
    Attempt<T> attempt = new Attempt<>(what, read, late);
    try {
      threads.execute(attempt);
      return attempt.result.get(use.limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException hangs) {
      attempt.giveUp();
      throw unanswered(use, kind, what);
    } catch (InterruptedException interrupted) {
      attempt.giveUp();
      Thread.currentThread().interrupt();
      throw interrupted(use, what);
    } catch (RejectedExecutionException closed) {
      throw interrupted(use, what);
    } catch (ExecutionException failed) {
      switch (failed.getCause()) {
        case UnusableFile unusable -> throw unusable;
        case IOException io -> throw io;
        case GeneralSecurityException security -> throw security;
        case RuntimeException unexpected -> throw unexpected;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException(failed);
      }
    }
  }

  private static UnansweredSource interrupted(Use use, String what) {
    use.noteUnanswered();
    return new UnansweredSource("the read of " + what + " was interrupted");
  }

  /** Counts that a source did not answer within the limit. */
  private UnansweredSource unanswered(Use use, Kind kind, String what) {
    use.noteUnanswered();
    timeouts.computeIfAbsent(kind, each -> new LongAdder()).increment();
    return new UnansweredSource(
        what + " did not answer within keys.open-timeout, " + seconds(use.limit));
  }

  private static String seconds(Duration limit) {
    return limit.toMillis() % 1000 == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
  }

  private final class Attempt<T> implements Runnable {
    private final String what;
    private final Read<T> read;
    private final Consumer<T> late;
    private final CompletableFuture<T> result = new CompletableFuture<>();

    // These are guarded by hanging.
    private @Nullable Thread thread;
    private boolean givenUp;
    private boolean returned;

    private Attempt(String what, Read<T> read, Consumer<T> late) {
      this.what = what;
      this.read = read;
      this.late = late;
    }

    @Override
    public void run() {
      synchronized (hanging) {
        thread = Thread.currentThread();
      }
      try {
        result.complete(read.read());
      } catch (UnusableFile
          | IOException
          | GeneralSecurityException
          | RuntimeException
          | Error failed) {
        result.completeExceptionally(failed);
      }
      boolean forNobody;
      synchronized (hanging) {
        returned = true;
        forNobody = givenUp;
        if (forNobody) {
          hanging.computeIfPresent(what, (name, count) -> count > 1 ? count - 1 : null);
        }
      }
      if (forNobody) {
        discard();
      }
    }

    /** Records that the reader waits no longer. */
    void giveUp() {
      synchronized (hanging) {
        givenUp = true;
        if (!returned) {
          hanging.merge(what, 1, Integer::sum);
          if (thread != null) {
            thread.interrupt();
          }
          return;
        }
      }
      discard();
    }

    private void discard() {
      if (!result.isCompletedExceptionally()) {
        late.accept(result.resultNow());
      }
    }
  }

  // ---- commands

  /**
   * Starts a command, and waits until it has ended.
   *
   * @param what it is, for people
   * @param mostOutput octets; a command that writes more is ended
   * @return what it wrote to its standard output
   * @throws UnansweredSource when it does not end within the limit; it and what it has started are
   *     killed then
   * @throws UnusableFile when it does not end with status 0, or writes too much
   */
  static byte[] output(ProcessBuilder command, String what, int mostOutput) throws UnusableFile {
    Use use = current();
    Process process;
    try {
      process = read(Kind.COMMAND, what, () -> use.sources.start(command), use.sources::kill);
    } catch (IOException | GeneralSecurityException cannotStart) {
      throw new UnusableFile(what + " cannot be started");
    }
    try {
      boolean ended = process.waitFor(use.limit.toNanos(), TimeUnit.NANOSECONDS);
      if (ended && process.exitValue() != 0) {
        throw new UnusableFile(what + " ended with status " + process.exitValue() + ", not 0");
      }
      // Reads no more than is there: a child that lives on may hold the output open for ever.
      int written = process.getInputStream().available();
      if (written > mostOutput) {
        throw new UnusableFile(what + " wrote more than " + mostOutput + " octets");
      }
      if (!ended) {
        throw use.sources.unanswered(use, Kind.COMMAND, what);
      }
      return process.getInputStream().readNBytes(written);
    } catch (IOException broken) {
      throw new UnusableFile("the output of " + what + " cannot be read");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw interrupted(use, what);
    } finally {
      use.sources.kill(process);
    }
  }

  /** Starts a command that {@link #close} kills, also when it comes while the command starts. */
  private Process start(ProcessBuilder command) throws IOException {
    command.environment().keySet().removeAll(OWN_VARIABLES);
    Process process = command.start();
    commands.add(process);
    if (closed) {
      kill(process);
    }
    return process;
  }

  private void kill(Process process) {
    // Its children first: once it is gone, they are no longer known as such.
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    commands.remove(process);
  }

  // ---- what is seen of it

  /** Counts the reads that are given up and have not returned. */
  public int hanging() {
    synchronized (hanging) {
      return hanging.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  /** Counts the reads of this kind that got no answer in time, from the start. */
  public long timeouts(Kind kind) {
    return timeouts.computeIfAbsent(kind, each -> new LongAdder()).sum();
  }

  /** Kills commands that still run; readers that wait are told that they were interrupted. */
  @Override
  public void close() {
    closed = true;
    commands.forEach(this::kill);
    threads.shutdownNow();
  }
}
