package sallyport.observe.audit;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Audit log with a limit of lines a second for refusals of one kind, place and reason, so that a
 * flood of bad requests is no flood of lines. One line a second reports the number of the others:
 * added up, the lines still say exactly how many there were. A refusal whose line is lost, because
 * the log cannot be written, is reported in the same way later. All other events have their line as
 * ever.
 *
 * <p>Any thread; no locks. Holds one tally for each kind, place and reason, which are bounded.
 */
public final class BoundedAuditLog implements AuditLog, AutoCloseable {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private record Kind(Class<?> event, String where, String reason) {}

  /** Second in which lines are counted. */
  private static final class Window {
    final long begin;
    final AtomicInteger lines = new AtomicInteger();

    Window(long begin) {
      this.begin = begin;
    }
  }

  private static final class Tally {
    final AtomicReference<Window> window;

    /** Refusals that no line has told of. */
    final AtomicLong untold = new AtomicLong();

    volatile AuditEvent.@Nullable Refusal last;

    Tally(long now) {
      window = new AtomicReference<>(new Window(now));
    }

    int nextLine(long now) {
      Window current = Objects.requireNonNull(window.get());
      if (now - current.begin >= SECOND) {
        window.compareAndSet(current, new Window(now));
        current = Objects.requireNonNull(window.get());
      }
      return current.lines.incrementAndGet();
    }
  }

  /** Writes a line; says whether it was taken. */
  private final Predicate<AuditEvent> to;

  private final int linesPerSecond;
  private final LongSupplier nanoTime;

  /** Runs a task in a second. */
  private final Consumer<Runnable> inASecond;

  private final Map<Kind, Tally> tallies = new ConcurrentHashMap<>();

  /**
   * JSON lines through the logger {@code sallyport.audit}.
   *
   * @param linesPerSecond of one kind, place and reason; 1 or more
   * @param timer writes what was left out; may end before this is closed
   */
  public BoundedAuditLog(int linesPerSecond, ScheduledExecutorService timer) {
    this(
        new JsonAuditLog(),
        linesPerSecond,
        System::nanoTime,
        task -> {
          try {
            // The result is not read: it cannot fail.
            var _ = timer.schedule(task, 1, TimeUnit.SECONDS);
          } catch (RejectedExecutionException ended) {
            // Closing tells of it.
          }
        });
  }

  BoundedAuditLog(
      Predicate<AuditEvent> to,
      int linesPerSecond,
      LongSupplier nanoTime,
      Consumer<Runnable> inASecond) {
    this.to = to;
    this.linesPerSecond = linesPerSecond;
    this.nanoTime = nanoTime;
    this.inASecond = inASecond;
  }

  @Override
  public void record(AuditEvent event) {
    if (!(event instanceof AuditEvent.Refusal refusal)) {
      var _ = to.test(event);
      return;
    }
    long now = nanoTime.getAsLong();
    Tally tally =
        tallies.computeIfAbsent(
            new Kind(refusal.getClass(), refusal.where(), refusal.reason()),
            kind -> new Tally(now));
    if (tally.nextLine(now) <= linesPerSecond && to.test(event)) {
      return;
    }
    tally.last = refusal;
    if (tally.untold.getAndIncrement() == 0) {
      inASecond.accept(() -> tell(tally));
    }
  }

  private void tell(Tally tally) {
    long count = tally.untold.getAndSet(0);
    AuditEvent.Refusal last = tally.last;
    if (count > 0 && last != null && !to.test(new AuditEvent.Repeated(last, count))) {
      tally.untold.addAndGet(count);
      inASecond.accept(() -> tell(tally));
    }
  }

  /** Reports the refusals that were left out so far. */
  @Override
  public void close() {
    tallies.values().forEach(this::tell);
  }
}
