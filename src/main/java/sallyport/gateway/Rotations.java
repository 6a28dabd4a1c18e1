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
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.admin.Reload;
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

  /** A listener or a backend, and what its files held when they were looked at. */
  private static final class Owner {
    private final Rotatable rotatable;
    private final Runnable afterwards;
    private String seen;
    private @Nullable String unsettled;

    Owner(Rotatable rotatable, Runnable afterwards) {
      this.rotatable = rotatable;
      this.afterwards = afterwards;
      this.seen = digest(rotatable.files());
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

  private final KeyOpener keys;
  private final Clock clock;
  private final AuditLog audit;
  private final GatewayMetrics metrics;
  private final ExpiryWatch expiry;
  private final List<Owner> owners = new CopyOnWriteArrayList<>();
  private volatile List<ServerTls> tickets = List.of();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("sallyport-keys").factory());

  Rotations(
      KeyOpener keys, Clock clock, AuditLog audit, GatewayMetrics metrics, ExpiryWatch expiry) {
    this.keys = keys;
    this.clock = clock;
    this.audit = audit;
    this.metrics = metrics;
    this.expiry = expiry;
  }

  /**
   * Before {@link #start}.
   *
   * @param afterwards what else has to happen once something new is in use
   */
  void add(Rotatable rotatable, Runnable afterwards) {
    owners.add(new Owner(rotatable, afterwards));
  }

  /**
   * @param watch how often files are looked at; zero: never
   */
  void start(Duration watch, Collection<ServerTls> tickets) {
    expiry.look(held());
    if (watch.isPositive()) {
      every(watch, this::rotateChanged);
    }
    this.tickets = List.copyOf(tickets);
    every(MINUTE, this::renewTicketKeys);
    every(MINUTE, () -> expiry.lookDaily(held()));
  }

  /** Every certificate that is in use. */
  List<HeldCertificate> held() {
    return owners.stream().flatMap(owner -> owner.rotatable.held().stream()).toList();
  }

  private void renewTicketKeys() {
    tickets.forEach(tls -> tls.renewTicketKeys(clock.instant()));
  }

  private void every(Duration interval, Runnable what) {
    long nanos = interval.toNanos();
    thread.scheduleWithFixedDelay(
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
        rotate(owner, "files", null, new ArrayList<>());
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
    Reload.Result result = now(trigger, null, owner -> owner.rotatable.files().contains(file));
    return result.good() ? List.of() : result.lines();
  }

  /**
   * Opens everything again, now.
   *
   * @param trigger who asked
   * @param reason why more may be trusted than before; null when it may not
   * @return a line for each listener and backend
   */
  Reload.Result rotateAll(String trigger, @Nullable String reason) {
    return now(trigger, reason, owner -> true);
  }

  private Reload.Result now(String trigger, @Nullable String reason, Predicate<Owner> which) {
    try {
      return thread
          .submit(
              () -> {
                List<String> lines = new ArrayList<>();
                boolean good = true;
                renewTicketKeys();
                for (Owner owner : owners) {
                  if (which.test(owner)) {
                    good &= rotate(owner, trigger, reason, lines);
                  }
                }
                return new Reload.Result(good, lines);
              })
          .get();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return new Reload.Result(false, List.of("interrupted"));
    } catch (ExecutionException failed) {
      throw new IllegalStateException(failed.getCause());
    }
  }

  private boolean rotate(Owner owner, String trigger, @Nullable String reason, List<String> lines) {
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
        owner.afterwards.run();
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
