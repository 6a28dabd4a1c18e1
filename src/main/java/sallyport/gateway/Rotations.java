package sallyport.gateway;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.tls.server.ServerTls;

/**
 * Opens certificates, keys, trust and ticket keys again: when somebody asks for it, and when their
 * files have changed. Each listener and backend, each deny list, each set of revocation lists and
 * of ticket keys has a lane of its own, so that one that hangs keeps none of the others waiting.
 * Any thread.
 */
final class Rotations implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rotations.class);

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** On top of the time limit of a source: for what is done with what it holds. */
  private static final Duration MARGIN = Duration.ofSeconds(5);

  /**
   * What is opened from files.
   *
   * @param afterwards what else has to happen once something new is in use
   */
  record Subject(Rotatable rotatable, Runnable afterwards) {}

  /**
   * What came of opening several again.
   *
   * @param refused whether any was
   * @param pending whether any goes on
   * @param lines for people
   */
  record Result(boolean refused, boolean pending, List<String> lines) {
    /** The same, where what goes on is as bad as what is refused. */
    Result withPendingRefused() {
      return new Result(refused || pending, pending, lines);
    }
  }

  private final Clock clock;
  private final ExpiryWatch expiry;
  private final Owner.Reports reports;

  private volatile @Nullable GatewayRuntime site;
  private volatile List<Owner> owners = List.of();
  private @Nullable Future<?> watching; // belongs to those that call serve

  /** Of which revocation lists it was told that they have ended. */
  private final Set<String> toldEnded = ConcurrentHashMap.newKeySet();

  /** Says when, and does nothing that blocks. */
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("sallyport-keys").factory());

  Rotations(Clock clock, AuditLog audit, GatewayMetrics metrics, ExpiryWatch expiry) {
    this.clock = clock;
    this.expiry = expiry;
    this.reports = new Owner.Reports(clock, audit, metrics, () -> expiry.look(held()));
    metrics.rotating(() -> busyNanos() / 1e9);
  }

  /**
   * Begins to look after what this site has.
   *
   * @param held what files held when the site was opened: SHA-256 of each, hex
   */
  void start(GatewayRuntime first, Map<Path, String> held) {
    serve(first, List.of(), held);
    every(MINUTE, this::renewTicketKeys);
    every(SECOND, () -> expiry.lookWhenDue(this::held));
    every(SECOND, this::tellEndedLists);
  }

  /**
   * Looks after what this site has, from now on. Does not block; one thread at a time.
   *
   * @param next may share parts with the one before; what is known of those is kept
   * @param leaving what has connections of earlier sites: who is denied meanwhile is cut there too
   * @param held what files held when what is new of the site was opened: SHA-256 of each, hex
   */
  void serve(GatewayRuntime next, Collection<ServerTls> leaving, Map<Path, String> held) {
    IdentityHashMap<Rotatable, Owner> known = new IdentityHashMap<>();
    owners.forEach(owner -> known.put(owner.rotatable(), owner));
    List<Owner> served = new ArrayList<>();
    List<Subject> subjects = new ArrayList<>(next.subjects());
    leaving.forEach(tls -> GatewayRuntime.addDenials(tls, subjects));
    for (Subject subject : subjects) {
      Owner owner = known.remove(subject.rotatable());
      if (owner == null) {
        owner = new Owner(subject, next.keys(), held, reports);
      } else {
        owner.afterwards(subject.afterwards());
      }
      served.add(owner);
    }
    known.values().forEach(Owner::finish);
    Duration watch = next.config().keys().watch();
    GatewayRuntime before = site;
    if (before == null || !watch.equals(before.config().keys().watch())) {
      if (watching != null) {
        watching.cancel(false);
      }
      watching = watch.isPositive() ? every(watch, this::look) : null;
      if (watching == null) {
        LOG.warn(
            "keys.watch = 0: certificates, keys, trust, deny and revocation lists that change are"
                + " taken up at SIGHUP and POST /reload alone");
      }
    }
    site = next;
    owners = List.copyOf(served);
    expiry.use(next.config().keys().expiryWarnings());
    expiry.look(held());
    reports.metrics().keepLists(next.peers());
  }

  /** Every certificate that is in use. */
  List<HeldCertificate> held() {
    return owners.stream().flatMap(owner -> owner.rotatable().held().stream()).toList();
  }

  private KeyOpener keys() {
    return Objects.requireNonNull(site).keys();
  }

  private void renewTicketKeys() {
    GatewayRuntime inUse = site;
    if (inUse != null) {
      inUse.servers().forEach(tls -> tls.renewTicketKeys(clock.instant()));
    }
  }

  private void tellEndedLists() {
    GatewayRuntime inUse = site;
    if (inUse != null) {
      reports.metrics().keepLists(inUse.peers());
      inUse.servers().forEach(tls -> tls.tellEndedLists(toldEnded));
      inUse.upstreams().values().forEach(upstream -> upstream.tls().tellEndedLists(toldEnded));
    }
  }

  private Future<?> every(Duration interval, Runnable what) {
    long nanos = interval.toNanos();
    return timer.scheduleWithFixedDelay(
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

  private void look() {
    Duration watch = Objects.requireNonNull(site).config().keys().watch();
    long longest = Math.max(1, MINUTE.dividedBy(watch));
    owners.forEach(owner -> owner.look(keys(), longest));
  }

  /** For how long the one that has been at it the longest has been, in nanoseconds. */
  private long busyNanos() {
    return owners.stream().mapToLong(Owner::busyNanos).max().orElse(0);
  }

  // ---- when somebody asks

  /** How long to wait for what is opened again: until its time limit is over, and a little more. */
  static Duration patience(KeyOpener keys) {
    return keys.openTimeout().plus(MARGIN);
  }

  /**
   * Opens again, now, what was opened from a file.
   *
   * @param trigger who asks
   * @return what was refused; empty when all of it is in use
   */
  List<String> rotateUsersOf(Path file, String trigger) {
    KeyOpener keys = keys();
    Result result =
        rotate(rotatable -> rotatable.files().contains(file), keys, trigger, null, patience(keys));
    return result.refused() || result.pending() ? result.lines() : List.of();
  }

  /**
   * Opens again, now, all of these at a time.
   *
   * @param which what of the site in use
   * @param keys opens them, as the site in use has it or as the next one will
   * @param trigger who asks
   * @param reason why more may be trusted than before; null when it may not
   * @param patience how long to wait for them; those that take longer go on
   * @return a line or more for each
   */
  Result rotate(
      Set<Rotatable> which,
      KeyOpener keys,
      String trigger,
      @Nullable String reason,
      Duration patience) {
    renewTicketKeys();
    return rotate(which::contains, keys, trigger, reason, patience);
  }

  private Result rotate(
      Predicate<Rotatable> which,
      KeyOpener keys,
      String trigger,
      @Nullable String reason,
      Duration patience) {
    Map<Owner, Future<Owner.Outcome>> asked = new LinkedHashMap<>();
    for (Owner owner : owners) {
      if (which.test(owner.rotatable())) {
        asked.put(owner, owner.rotate(keys, trigger, reason));
      }
    }
    long deadline = deadline(patience);
    boolean refused = false;
    boolean pending = false;
    List<String> lines = new ArrayList<>();
    for (Map.Entry<Owner, Future<Owner.Outcome>> each : asked.entrySet()) {
      Owner.Outcome outcome = await(each.getValue(), deadline);
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

  private static long deadline(Duration patience) {
    return System.nanoTime() + patience.toNanos();
  }

  /** Null when it is not done by then. */
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
    timer.shutdownNow();
    owners.forEach(Owner::close);
  }
}
