package sallyport.credentials.rotation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.credentials.certificates.CertificateInfo;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.observe.metrics.GatewayMetrics.CertificateEnd;

/**
 * Watch over the ends of all certificates that the gateway holds, in chains and in trust files. It
 * warns in the log and the audit log, once for each warning time and certificate, and once more
 * when one has expired. It refuses nothing: a certificate that is near its end makes nothing
 * unready. Any thread.
 */
public final class ExpiryWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ExpiryWatch.class);

  private static final Duration EVERY = Duration.ofDays(1);

  private List<Duration> warnings;
  private final Clock clock;
  private final AuditLog audit;
  private final GatewayMetrics metrics;

  /** By fingerprint, the shortest time of those that have been warned of. */
  private final Map<String, Duration> told = new HashMap<>();

  private @Nullable Instant looked;

  /** When there is something to say, unless other certificates come into use. */
  private Instant due = Instant.MIN;

  public ExpiryWatch(List<Duration> warnings, Clock clock, AuditLog audit, GatewayMetrics metrics) {
    this.warnings = warnings;
    this.clock = clock;
    this.audit = audit;
    this.metrics = metrics;
  }

  /** Warns so long before, from now on. */
  public synchronized void use(List<Duration> other) {
    warnings = other;
  }

  /**
   * Looks when a warning is due or a certificate has ended, and when it has not for a day; call it
   * every second or so.
   */
  public synchronized void lookWhenDue(Supplier<? extends Collection<HeldCertificate>> held) {
    Instant now = clock.instant();
    if (looked == null || now.isAfter(due) || !now.isBefore(looked.plus(EVERY))) {
      look(held.get());
    }
  }

  /** Looks at all certificates that are in use now. */
  public synchronized void look(Collection<HeldCertificate> held) {
    looked = clock.instant();
    metrics.certificates(
        held.stream()
            .map(
                each ->
                    new CertificateEnd(
                        each.owner(),
                        each.use(),
                        each.name(),
                        each.position(),
                        each.info().notAfter()))
            .toList());
    Map<String, List<HeldCertificate>> byFingerprint = new LinkedHashMap<>();
    for (HeldCertificate each : held) {
      byFingerprint
          .computeIfAbsent(each.info().fingerprint(), print -> new ArrayList<>())
          .add(each);
    }
    told.keySet().retainAll(byFingerprint.keySet());
    due = Instant.MAX;
    byFingerprint.forEach(this::warnWhenDue);
  }

  private void warnWhenDue(String fingerprint, List<HeldCertificate> places) {
    CertificateInfo certificate = places.getFirst().info();
    Instant now = Objects.requireNonNull(looked);
    List<Duration> times = certificate.warnings(warnings);
    Duration left = Duration.between(now, certificate.notAfter());
    dueAfter(left, times, certificate.notAfter());
    Duration reached = reached(left, times);
    Duration before = told.get(fingerprint);
    if (reached == null || (before != null && before.compareTo(reached) <= 0)) {
      return;
    }
    told.put(fingerprint, reached);
    long days = certificate.daysLeft(now);
    List<String> where = places.stream().map(HeldCertificate::place).toList();
    LOG.warn(
        "the certificate {} (SHA-256 {}) {} {}, {} days from now; it is used by {}",
        certificate.subject(),
        fingerprint,
        left.isNegative() ? "expired at" : "expires at",
        certificate.notAfter(),
        days,
        String.join("; ", where));
    audit.record(
        new AuditEvent.CertificateEnding(
            certificate.subject(), fingerprint, certificate.notAfter(), days, where));
  }

  /** Looks again when the next of these times has come, or the end. */
  private void dueAfter(Duration left, List<Duration> times, Instant end) {
    for (Duration time : times) {
      if (left.compareTo(time) > 0 && end.minus(time).isBefore(due)) {
        due = end.minus(time);
      }
    }
    if (!left.isNegative() && end.isBefore(due)) {
      due = end;
    }
  }

  /**
   * Returns the shortest warning time that is not shorter than what is left; null when none is due.
   */
  private static @Nullable Duration reached(Duration left, List<Duration> times) {
    if (left.isNegative()) {
      return Duration.ZERO;
    }
    Duration reached = null;
    for (Duration warning : times) {
      if (left.compareTo(warning) <= 0 && (reached == null || warning.compareTo(reached) < 0)) {
        reached = warning;
      }
    }
    return reached;
  }
}
