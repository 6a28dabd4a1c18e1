package sallyport.credentials.rotation;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.keys.KeyOpener;

/**
 * The rotators of everything in use that was opened from files. Each listener and backend, each
 * deny list, each set of revocation lists and of ticket keys has its own, so that one that hangs
 * does not delay the others. Any thread.
 */
public final class Rotators implements AutoCloseable {
  /** On top of the time limit of a source: for what is done with what it holds. */
  private static final Duration MARGIN = Duration.ofSeconds(5);

  /**
   * Outcome of opening several again.
   *
   * @param refused whether any was
   * @param pending whether any goes on
   * @param lines for people
   */
  public record Result(boolean refused, boolean pending, List<String> lines) {
    /** Returns the same, where what goes on is as bad as what is refused. */
    public Result withPendingRefused() {
      return new Result(refused || pending, pending, lines);
    }
  }

  private final RotationReports reports;
  private volatile List<Rotator> rotators = List.of();

  public Rotators(RotationReports reports) {
    this.reports = reports;
  }

  /**
   * Rotates these subjects from now on, and no others. What is known of the files of a subject that
   * stays is kept. Does not block; one thread at a time.
   *
   * @param keys has the time limit
   * @param held what files held when new subjects were opened: SHA-256 of each, hex
   */
  public void use(Collection<RotationSubject> subjects, KeyOpener keys, Map<Path, String> held) {
    IdentityHashMap<Rotatable, Rotator> known = new IdentityHashMap<>();
    rotators.forEach(rotator -> known.put(rotator.rotatable(), rotator));
    List<Rotator> used = new ArrayList<>();
    for (RotationSubject subject : subjects) {
      Rotator rotator = known.remove(subject.rotatable());
      if (rotator == null) {
        rotator = new Rotator(subject, keys, held, reports);
      } else {
        rotator.afterwards(subject.afterwards());
      }
      used.add(rotator);
    }
    known.values().forEach(Rotator::finish);
    rotators = List.copyOf(used);
  }

  /** Returns every certificate that is in use. */
  public List<HeldCertificate> held() {
    return rotators.stream().flatMap(rotator -> rotator.rotatable().held().stream()).toList();
  }

  /** Returns why what files hold is not in use, a line each, by what is opened from them. */
  public Map<String, List<String>> refusals() {
    Map<String, List<String>> refusals = new LinkedHashMap<>();
    for (Rotator rotator : rotators) {
      List<String> refusal = rotator.refusal();
      if (!refusal.isEmpty()) {
        refusals.put(rotator.rotatable().description(), refusal);
      }
    }
    return refusals;
  }

  /** Returns for how long the busiest rotator has been at it, in nanoseconds. */
  public long busyNanos() {
    return rotators.stream().mapToLong(Rotator::busyNanos).max().orElse(0);
  }

  /**
   * Starts a look at the files by each rotator that is idle. Does not block.
   *
   * @param longest for how many looks at most what is refused is not tried again
   */
  public void look(KeyOpener keys, long longest) {
    rotators.forEach(rotator -> rotator.look(keys, longest));
  }

  /** Returns how long to wait for what is opened again: a little longer than its time limit. */
  public static Duration patience(KeyOpener keys) {
    return keys.openTimeout().plus(MARGIN);
  }

  /**
   * Opens again, now and all at a time, those that are chosen.
   *
   * @param keys opens them, as the configuration in use has it or as the next one will
   * @param trigger who asks
   * @param reason why more may be trusted than before; null when it may not
   * @param patience how long to wait for them; those that take longer go on
   * @return a line or more for each
   */
  public Result rotate(
      Predicate<Rotatable> chosen,
      KeyOpener keys,
      String trigger,
      @Nullable String reason,
      Duration patience) {
    Map<Rotator, Future<Rotator.Outcome>> asked = new LinkedHashMap<>();
    for (Rotator rotator : rotators) {
      if (chosen.test(rotator.rotatable())) {
        asked.put(rotator, rotator.rotate(keys, trigger, reason));
      }
    }
    long deadline = System.nanoTime() + patience.toNanos();
    boolean refused = false;
    boolean pending = false;
    List<String> lines = new ArrayList<>();
    for (Map.Entry<Rotator, Future<Rotator.Outcome>> each : asked.entrySet()) {
      Rotator.Outcome outcome = await(each.getValue(), deadline);
      if (outcome == null) {
        lines.add(
            each.getKey().rotatable().description()
                + ": still being opened, which goes on; what is in use stays until then");
        pending = true;
      } else {
        lines.addAll(outcome.lines());
        refused |= !outcome.good();
      }
    }
    return new Result(refused, pending, lines);
  }

  /** Returns null when it is not done by then. */
  private static <T> @Nullable T await(Future<T> work, long deadline) {
    try {
      return work.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException takesLonger) {
      return null;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    } catch (CancellationException closed) {
      throw Lane.closed(closed);
    } catch (ExecutionException failed) {
      throw new IllegalStateException(failed.getCause());
    }
  }

  @Override
  public void close() {
    rotators.forEach(Rotator::close);
  }
}
