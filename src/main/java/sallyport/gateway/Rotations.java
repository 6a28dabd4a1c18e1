package sallyport.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.keys.HeldCertificate;
import sallyport.keys.KeyOpener;
import sallyport.keys.Sha256;
import sallyport.logging.AuditEvent;
import sallyport.logging.AuditLog;
import sallyport.metrics.GatewayMetrics;
import sallyport.tls.Rotatable;
import sallyport.tls.Rotation;
import sallyport.tls.ServerTls;

/**
 * Opens certificates, keys, trust and ticket keys again: when somebody asks for it, and when their
 * files have changed. One thread does all of it, so that no two rotations meet.
 *
 * <p>Files are compared by what is in them, since dates and names lie: Kubernetes swaps a symbolic
 * link further up, and others replace a file or write into it. A change is taken up when two looks
 * in a row see the same, so that a pair is not opened when only half of it is there.
 */
final class Rotations implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rotations.class);

  private static final Duration MINUTE = Duration.ofMinutes(1);

  /**
   * A listener or a backend.
   *
   * @param afterwards what else has to happen once something new is in use
   */
  record Subject(Rotatable rotatable, Runnable afterwards) {}

  /** A subject, and what its files held when they were looked at. */
  private static final class Owner {
    private final Subject subject;
    private final Rotatable rotatable;
    private String seen;
    private @Nullable String unsettled;

    /**
     * @param before the same in the site before; null when it is new
     */
    Owner(Subject subject, @Nullable Owner before) {
      this.subject = subject;
      this.rotatable = subject.rotatable();
      this.seen = before != null ? before.seen : digest(rotatable.files());
      this.unsettled = before != null ? before.unsettled : null;
    }

    /** Whether the files have changed and settled since they were opened. */
    boolean hasChanged() {
      String now = digest(rotatable.files());
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
  }

  private final Clock clock;
  private final AuditLog audit;
  private final GatewayMetrics metrics;
  private final ExpiryWatch expiry;

  // These belong to the thread.
  private @Nullable Site site;
  private volatile List<Owner> owners = List.of();
  private @Nullable Future<?> watching;

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("sallyport-keys").factory());

  Rotations(Clock clock, AuditLog audit, GatewayMetrics metrics, ExpiryWatch expiry) {
    this.clock = clock;
    this.audit = audit;
    this.metrics = metrics;
    this.expiry = expiry;
  }

  /** Begins to look after what this site has. */
  void start(Site first) {
    call(
        () -> {
          serve(first, List.of());
          return first;
        });
    every(MINUTE, this::renewTicketKeys);
    every(MINUTE, () -> expiry.lookDaily(this::held));
  }

  /**
   * Looks after what this site has, from now on. On the thread, see {@link #call}.
   *
   * @param next may share parts with the one before; what is known of those is kept
   * @param leaving what has connections of earlier sites: who is denied meanwhile is cut there too
   */
  void serve(Site next, Collection<ServerTls> leaving) {
    IdentityHashMap<Rotatable, Owner> known = new IdentityHashMap<>();
    owners.forEach(owner -> known.put(owner.rotatable, owner));
    List<Owner> served = new ArrayList<>();
    List<Subject> subjects = new ArrayList<>(next.subjects());
    leaving.forEach(tls -> Site.addDenyList(tls, subjects));
    for (Subject subject : subjects) {
      served.add(new Owner(subject, known.get(subject.rotatable())));
    }
    Duration watch = next.config().keys().watch();
    if (site == null || !watch.equals(site.config().keys().watch())) {
      if (watching != null) {
        watching.cancel(false);
      }
      watching = watch.isPositive() ? every(watch, this::rotateChanged) : null;
    }
    site = next;
    owners = List.copyOf(served);
    expiry.use(next.config().keys().expiryWarnings());
    expiry.look(held());
  }

  /** Every certificate that is in use. */
  List<HeldCertificate> held() {
    return owners.stream().flatMap(owner -> owner.rotatable.held().stream()).toList();
  }

  private KeyOpener keys() {
    return Objects.requireNonNull(site).keys();
  }

  private void renewTicketKeys() {
    if (site != null) {
      site.servers().forEach(tls -> tls.renewTicketKeys(clock.instant()));
    }
  }

  private Future<?> every(Duration interval, Runnable what) {
    long nanos = interval.toNanos();
    return thread.scheduleWithFixedDelay(
        () -> {
          try {
            what.run();
          } catch (RuntimeException unexpected) {
            // Thrown on, it would end the schedule in silence.
            LOG.error("the certificates and keys in use stay as they are", unexpected);
          }
        },
        nanos,
        nanos,
        TimeUnit.NANOSECONDS);
  }

  private void rotateChanged() {
    for (Owner owner : owners) {
      if (owner.hasChanged()) {
        rotate(owner, keys(), "files", null, new ArrayList<>());
      }
    }
  }

  /**
   * Opens again, now, what was opened from a file.
   *
   * @param trigger who asked
   * @return what was refused; empty when all of it is in use
   */
  List<String> rotateUsersOf(Path file, String trigger) {
    List<String> lines = new ArrayList<>();
    boolean good =
        call(
            () ->
                rotate(
                    owner -> owner.rotatable.files().contains(file), keys(), trigger, null, lines));
    return good ? List.of() : lines;
  }

  /** Runs this on the thread, and waits for it: nothing rotates meanwhile. */
  <T> T call(Callable<T> what) {
    try {
      return thread.submit(what).get();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    } catch (ExecutionException failed) {
      throw new IllegalStateException(failed.getCause());
    }
  }

  /**
   * Opens everything again, now. On the thread, see {@link #call}.
   *
   * @param which what of the site in use
   * @param keys opens them, as the site in use has it or as the next one will
   * @param trigger who asked
   * @param reason why more may be trusted than before; null when it may not
   * @param lines takes one for each listener and backend
   * @return whether nothing was refused
   */
  boolean rotate(
      Set<Rotatable> which,
      KeyOpener keys,
      String trigger,
      @Nullable String reason,
      List<String> lines) {
    renewTicketKeys();
    return rotate(owner -> which.contains(owner.rotatable), keys, trigger, reason, lines);
  }

  private boolean rotate(
      Predicate<Owner> which,
      KeyOpener keys,
      String trigger,
      @Nullable String reason,
      List<String> lines) {
    boolean good = true;
    for (Owner owner : owners) {
      if (which.test(owner)) {
        good &= rotate(owner, keys, trigger, reason, lines);
      }
    }
    return good;
  }

  private boolean rotate(
      Owner owner, KeyOpener keys, String trigger, @Nullable String reason, List<String> lines) {
    Rotatable rotatable = owner.rotatable;
    String who =
        switch (rotatable.use()) {
          case "client" -> "backend " + rotatable.name();
          case "denied" -> "deny list of listener " + rotatable.name();
          case "tickets" -> "ticket keys of listener " + rotatable.name();
          default -> "listener " + rotatable.name();
        };
    // Before they are opened: what is written meanwhile is seen at the next look.
    owner.seen = digest(rotatable.files());
    owner.unsettled = null;
    Rotation rotation = rotatable.rotate(keys, clock, reason != null);
    switch (rotation) {
      case Rotation.Unchanged unchanged -> {
        count(rotatable, "unchanged");
        lines.add(who + ": unchanged");
      }
      case Rotation.Done done -> {
        owner.subject.afterwards().run();
        expiry.look(held());
        count(rotatable, "rotated");
        lines.add(who + ": rotated to " + String.join(", ", done.to()));
        done.loosened().forEach(what -> lines.add(who + ": " + what));
        audit.record(
            new AuditEvent.KeysRotated(
                rotatable.use(),
                rotatable.name(),
                trigger,
                done.from(),
                done.to(),
                done.loosened(),
                done.loosened().isEmpty() ? null : reason));
      }
      case Rotation.Refused refused -> {
        count(rotatable, "refused");
        refused.problems().forEach(problem -> lines.add(who + ": refused: " + problem));
        LOG.error(
            "{}: what its files hold now cannot be used, what is in use stays: {}",
            who,
            String.join("; ", refused.problems()));
        audit.record(
            new AuditEvent.RotationRefused(
                rotatable.use(), rotatable.name(), trigger, refused.problems()));
      }
    }
    return !(rotation instanceof Rotation.Refused);
  }

  private void count(Rotatable rotatable, String outcome) {
    metrics.rotation(rotatable.use(), rotatable.name(), outcome);
  }

  private static String digest(List<Path> files) {
    MessageDigest digest = Sha256.newDigest();
    for (Path file : files) {
      // Of ticket keys, the name says when they seal.
      digest.update(file.toString().getBytes(StandardCharsets.UTF_8));
      try {
        byte[] content = Files.readAllBytes(file);
        digest.update(content);
        Arrays.fill(content, (byte) 0);
      } catch (IOException unreadable) {
        digest.update((byte) 0);
      }
      digest.update((byte) 1);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
