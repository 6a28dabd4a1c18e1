package sallyport.credentials.rotation;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnusableFile;
import sallyport.observe.audit.AuditEvent;

/**
 * Rotator of one rotatable that is in use: looks for changes of its files and opens it again, on a
 * lane of its own, since both may hang.
 *
 * <p>Files are compared by what is in them ({@link FileDigests}), since dates and names lie:
 * Kubernetes swaps a symbolic link further up, and others replace a file or write into it. A change
 * is taken up when two looks in a row see the same, so that a pair is not opened when only half of
 * it is there. What is refused is opened again, less and less often, where its cause can end
 * without such a change: the mode of a file, the start of a certificate's time, a token.
 *
 * <p>The first look compares with what the opening itself has read, so that a change during a long
 * start or reload is seen. Where that is not known, as when a file did not answer, it is opened
 * again; that nothing came of it is not audited.
 *
 * <p>Any thread.
 */
final class Rotator implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rotator.class);

  /**
   * Outcome of opening it again.
   *
   * @param good whether what its files hold is in use, or nothing but what is in use is known of
   *     them
   * @param rotated whether anything else is in use than before
   * @param lines for people
   */
  record Outcome(boolean good, boolean rotated, List<String> lines) {}

  private final Rotatable rotatable;
  private final RotationReports reports;
  private final Lane lane;
  private final FileDigests digests = new FileDigests();
  private final Future<?> begun;
  private volatile Runnable afterwards;
  private volatile boolean closed;

  /** Why what the files hold is not in use; null when it is. Written by the lane alone. */
  private volatile @Nullable List<String> refusal;

  // These belong to the lane; null: not known.

  /** What the files held when they were last opened, whether or not it was taken up. */
  private @Nullable String seen;

  /** What they held when what is in use was opened. */
  private @Nullable String used;

  private @Nullable String unsettled;
  private boolean unanswered;
  private final Retries retries = new Retries();

  /**
   * @param keys has the time limit
   * @param held what its files held when it was opened, among others; SHA-256 of each, hex
   */
  Rotator(
      RotationSubject subject, KeyOpener keys, Map<Path, String> held, RotationReports reports) {
    this.rotatable = subject.rotatable();
    this.afterwards = subject.afterwards();
    this.reports = reports;
    this.lane = new Lane("sallyport-rotation " + rotatable.kind().label() + " " + rotatable.name());
    this.begun =
        lane.submit(
            () -> {
              seen = look(keys, files -> FileDigests.of(files, held));
              used = seen;
              return used;
            });
  }

  Rotatable rotatable() {
    return rotatable;
  }

  /** Returns why what the files hold is not in use, a line each; empty when it is. */
  List<String> refusal() {
    List<String> now = refusal;
    return now == null ? List.of() : now;
  }

  /** Runs this after rotations from now on. */
  void afterwards(Runnable other) {
    afterwards = other;
  }

  /**
   * Returns a future that completes once it is known which of the files were read at the opening.
   */
  Future<?> begun() {
    return begun;
  }

  /** Returns the time since the present look began, in nanoseconds; 0 when the rotator is idle. */
  long busyNanos() {
    return lane.busyNanos();
  }

  // ---- looks

  /**
   * Looks at the files, and opens those that have changed and settled, or are due for another
   * attempt; does nothing while a look is in progress.
   *
   * @param longest for how many looks at most what is refused is not tried again
   * @return done when the look is
   */
  Future<?> look(KeyOpener keys, long longest) {
    if (!lane.isIdle()) {
      return begun;
    }
    return lane.submit(
        () -> {
          try {
            if (hasChanged(keys)) {
              return seen == null ? openQuietly(keys) : rotateNow(keys, "files", null);
            }
            return unsettled == null && retries.isDue(longest) ? openQuietly(keys) : null;
          } catch (RuntimeException unexpected) {
            LOG.error("{}: what is in use stays", rotatable.description(), unexpected);
            return null;
          }
        });
  }

  /** Returns whether the files may have changed since they were opened, and have settled. */
  private boolean hasChanged(KeyOpener keys) {
    String now = digest(keys);
    if (now == null) {
      return false;
    }
    if (now.equals(seen)) {
      unsettled = null;
      return false;
    }
    if (!now.equals(unsettled)) {
      unsettled = now;
      return false;
    }
    return true;
  }

  /** Returns the digest of the files; null when they do not answer in time. */
  private @Nullable String digest(KeyOpener keys) {
    return look(keys, digests::of);
  }

  private @Nullable String look(KeyOpener keys, Function<List<Path>, @Nullable String> look) {
    String what = "the files of " + rotatable.description();
    try {
      Optional<String> digest =
          keys.use()
              .call(
                  () ->
                      Sources.look(what, () -> Optional.ofNullable(look.apply(rotatable.files()))));
      unanswered = false;
      return digest.orElse(null);
    } catch (UnusableFile hangs) {
      if (!unanswered) {
        LOG.warn("{}; what is in use stays", hangs.getMessage());
      }
      unanswered = true;
      return null;
    }
  }

  // ---- rotation

  /**
   * Opens it again, after all earlier tasks of its lane.
   *
   * @param keys opens it, as the configuration in use has it or as the next one will
   * @param trigger who asks
   * @param reason why more may be trusted than before; null when it may not
   */
  Future<Outcome> rotate(KeyOpener keys, String trigger, @Nullable String reason) {
    return lane.submit(() -> rotateNow(keys, trigger, reason));
  }

  private Outcome rotateNow(KeyOpener keys, String trigger, @Nullable String reason) {
    retries.reset();
    refusal = null;
    return openNow(keys, trigger, reason);
  }

  /**
   * Opens it again without a change of its files. That it is in use already has been told, and so
   * has a refusal for the same reason.
   */
  private Outcome openQuietly(KeyOpener keys) {
    List<AuditEvent> events = new ArrayList<>();
    List<String> before = refusal;
    Outcome outcome = openNow(keys.telling(events::add), "files", null);
    if (outcome.rotated() || !Objects.equals(refusal, before)) {
      events.forEach(reports.audit()::record);
    }
    return outcome;
  }

  private Outcome openNow(KeyOpener keys, String trigger, @Nullable String reason) {
    // Before they are opened: what is written meanwhile is seen at the next look.
    String now = digest(keys);
    seen = now;
    unsettled = null;
    Sources.Use opening = keys.use();
    Rotation rotation = opening.call(() -> rotatable.rotate(keys, reason != null));
    if (closed) {
      // It was interrupted, which says nothing of its files.
      return new Outcome(false, false, List.of(rotatable.description() + ": the gateway stops"));
    }
    List<String> lines = new ArrayList<>();
    return switch (rotation) {
      case Rotation.Unchanged unchanged -> {
        inUse(now);
        tell("unchanged", "unchanged", lines);
        yield new Outcome(true, false, lines);
      }
      case Rotation.Done done -> {
        inUse(now);
        taken(done, trigger, reason, lines);
        yield new Outcome(true, true, lines);
      }
      case Rotation.Refused refused -> {
        if (refused.taken() != null) {
          taken(refused.taken(), trigger, reason, lines);
        }
        // Not known to be other than what is in use.
        boolean same = now == null || used == null || now.equals(used);
        boolean silent = opening.unanswered() >= refused.problems().size();
        if (!refused.problems().equals(refusal)) {
          refused(refused, trigger, same && silent, lines);
        }
        refusal = refused.problems();
        if (refused.mayPass()) {
          retries.wanted();
        } else {
          retries.reset();
        }
        yield new Outcome(same && silent, refused.taken() != null, lines);
      }
    };
  }

  private void inUse(@Nullable String digest) {
    used = digest;
    refusal = null;
    retries.reset();
  }

  private void tell(String outcome, String line, List<String> lines) {
    reports.metrics().rotation(rotatable.kind().label(), rotatable.name(), outcome);
    lines.add(rotatable.description() + ": " + line);
  }

  private void taken(
      Rotation.Done done, String trigger, @Nullable String reason, List<String> lines) {
    afterwards.run();
    reports.rotated().run();
    tell("rotated", "rotated to " + String.join(", ", done.to()), lines);
    done.loosened().forEach(what -> lines.add(rotatable.description() + ": " + what));
    reports
        .audit()
        .record(
            new AuditEvent.KeysRotated(
                rotatable.kind().label(),
                rotatable.name(),
                trigger,
                done.from(),
                done.to(),
                done.loosened(),
                done.loosened().isEmpty() ? null : reason));
  }

  /**
   * @param unanswered whether nothing is known but that a source does not answer
   */
  private void refused(
      Rotation.Refused refused, String trigger, boolean unanswered, List<String> lines) {
    String who = rotatable.description();
    String outcome = unanswered ? "unanswered" : "refused";
    reports.metrics().rotation(rotatable.kind().label(), rotatable.name(), outcome);
    for (String problem : refused.problems()) {
      lines.add(
          who
              + (unanswered ? ": not opened again, what is in use stays: " : ": refused: ")
              + problem);
    }
    String problems = String.join("; ", refused.problems());
    if (unanswered) {
      LOG.warn("{}: cannot be opened again now, what is in use stays: {}", who, problems);
    } else {
      LOG.error(
          "{}: what its files hold now cannot be used, what is in use stays: {}", who, problems);
    }
    reports
        .audit()
        .record(
            new AuditEvent.RotationRefused(
                rotatable.kind().label(), rotatable.name(), trigger, refused.problems()));
  }

  // ---- end

  /** Looks after it no more; what goes on comes to its end. */
  void finish() {
    lane.finish();
  }

  @Override
  public void close() {
    closed = true;
    lane.close();
  }
}
