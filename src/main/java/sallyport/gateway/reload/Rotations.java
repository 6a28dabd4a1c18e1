package sallyport.gateway.reload;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.ExpiryWatch;
import sallyport.credentials.rotation.FileWatch;
import sallyport.credentials.rotation.RepeatingTimer;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.rotation.RotationReports;
import sallyport.credentials.rotation.RotationSubject;
import sallyport.credentials.rotation.Rotators;
import sallyport.gateway.runtime.GatewayRuntime;
import sallyport.gateway.runtime.RotationSubjects;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.tls.server.ServerTls;

/**
 * Upkeep of the certificates, keys, lists, ticket keys and files of endpoints of the runtime in
 * use: changed files are taken up, ends are told of, ticket keys are renewed. Any thread.
 */
public final class Rotations implements AutoCloseable {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Clock clock;
  private final GatewayMetrics metrics;
  private final ExpiryWatch expiry;
  private final ExceptionWatch exceptions;
  private final Rotators rotators;
  private final RepeatingTimer timer = new RepeatingTimer();
  private final FileWatch files;
  private volatile @Nullable GatewayRuntime runtime;

  /** The revocation lists whose end was told. */
  private final Set<String> toldEnded = ConcurrentHashMap.newKeySet();

  /**
   * @param warnings how long before its end a certificate is warned of, at the start
   */
  public Rotations(List<Duration> warnings, Clock clock, AuditLog audit, GatewayMetrics metrics) {
    this.clock = clock;
    this.metrics = metrics;
    this.expiry = new ExpiryWatch(warnings, clock, audit, metrics);
    this.exceptions = new ExceptionWatch(clock, audit, metrics.exceptions());
    this.rotators =
        new Rotators(new RotationReports(clock, audit, metrics, () -> expiry.look(held())));
    this.files = new FileWatch(timer::every, longest -> rotators.look(keys(), longest));
    metrics.rotating(() -> rotators.busyNanos() / 1e9);
  }

  /**
   * Begins the upkeep.
   *
   * @param held what files held when the runtime was opened: SHA-256 of each, hex
   */
  void start(GatewayRuntime first, Map<Path, String> held) {
    use(first, List.of(), held);
    timer.every(MINUTE, this::renewTicketKeys);
    timer.every(SECOND, () -> expiry.lookWhenDue(this::held));
    timer.every(SECOND, exceptions::look);
    timer.every(SECOND, this::tellEndedLists);
  }

  /**
   * Keeps up this runtime from now on. Does not block; one thread at a time.
   *
   * @param next may share parts with the one before; what is known of those is kept
   * @param leaving TLS with connections of earlier runtimes, whose clients are denied as well
   * @param held what files held when the new parts were opened: SHA-256 of each, hex
   */
  void use(GatewayRuntime next, Collection<ServerTls> leaving, Map<Path, String> held) {
    List<RotationSubject> subjects = new ArrayList<>(next.subjects());
    leaving.forEach(tls -> RotationSubjects.addDenials(tls, subjects));
    rotators.use(subjects, next.keys(), held);
    runtime = next;
    files.use(next.config().keys().watch());
    expiry.use(next.config().keys().expiryWarnings());
    expiry.look(held());
    exceptions.use(next.config().backends().values());
    metrics.keepLists(next.peers());
  }

  /** Returns every certificate that is in use. */
  public List<HeldCertificate> held() {
    return rotators.held();
  }

  /** Returns why what files hold is not in use, a line each, by what is opened from them. */
  public Map<String, List<String>> refusals() {
    return rotators.refusals();
  }

  private KeyOpener keys() {
    return Objects.requireNonNull(runtime).keys();
  }

  private void renewTicketKeys() {
    GatewayRuntime inUse = runtime;
    if (inUse != null) {
      inUse.servers().forEach(tls -> tls.renewTicketKeys(clock.instant()));
    }
  }

  private void tellEndedLists() {
    GatewayRuntime inUse = runtime;
    if (inUse != null) {
      metrics.keepLists(inUse.peers());
      inUse.servers().forEach(tls -> tls.tellEndedLists(toldEnded));
      inUse
          .upstreams()
          .values()
          .forEach(upstream -> upstream.tls().ifPresent(tls -> tls.tellEndedLists(toldEnded)));
    }
  }

  /**
   * Opens again, now, what was opened from a file.
   *
   * @param trigger who asks
   * @return what was refused; empty when all of it is in use
   */
  public List<String> rotateUsersOf(Path file, String trigger) {
    KeyOpener keys = keys();
    Predicate<Rotatable> users = rotatable -> rotatable.files().contains(file);
    Rotators.Result result = rotators.rotate(users, keys, trigger, null, Rotators.patience(keys));
    return result.refused() || result.pending() ? result.lines() : List.of();
  }

  /**
   * Opens again, now and all at a time, these of the runtime in use; ticket keys are renewed first.
   *
   * @param keys opens them, as the configuration in use has it or as the next one will
   * @param trigger who asks
   * @param reason why more may be trusted than before; null when it may not
   * @param patience how long to wait for them; those that take longer go on
   * @return a line or more for each
   */
  Rotators.Result rotate(
      Set<Rotatable> which,
      KeyOpener keys,
      String trigger,
      @Nullable String reason,
      Duration patience) {
    renewTicketKeys();
    return rotators.rotate(which::contains, keys, trigger, reason, patience);
  }

  @Override
  public void close() {
    timer.close();
    rotators.close();
  }
}
