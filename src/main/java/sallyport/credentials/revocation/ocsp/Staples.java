package sallyport.credentials.revocation.ocsp;

import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;

/**
 * OCSP answers about the server certificates in use, fetched in time and away from all connections.
 *
 * <p>An answer is fetched again when half of its remaining time has passed; after a failure ten
 * seconds later, and twice that after each further one, up to ten minutes. Both are spread by a
 * tenth, so that a fleet does not ask at once. An answer outlives rotations for as long as its
 * certificate is in use.
 *
 * <p>Any thread.
 */
public final class Staples implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Staples.class);

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(10);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);
  private static final Duration LONGEST_WAIT = Duration.ofDays(1);

  /** Certificate in use. */
  private static final class Watched {
    private final Staple staple;
    private @Nullable ScheduledFuture<?> next;
    private boolean asking;
    private boolean askAgain;
    private boolean ended;
    private int failures;

    Watched(Staple staple) {
      this.staple = staple;
    }
  }

  private final Ocsp ocsp;
  private final GatewayMetrics metrics;
  private final AuditLog audit;
  private final Clock clock;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("sallyport-staples").factory());

  /** By the certificate's fingerprint. */
  private final Map<String, Watched> watched = new HashMap<>();

  private final Map<String, Set<String>> users = new HashMap<>();

  /** Asks nothing yet. */
  public Staples(Ocsp ocsp, GatewayMetrics metrics, AuditLog audit, Clock clock) {
    this.ocsp = ocsp;
    this.metrics = metrics;
    this.audit = audit;
    this.clock = clock;
  }

  /** Returns the client of responders, for questions about peers. */
  public Ocsp ocsp() {
    return ocsp;
  }

  /**
   * Returns the staple of this certificate.
   *
   * @param enabled whether responders may be asked
   * @param problems takes a line when clients would refuse the certificate
   * @return null where there is no responder to ask
   */
  public synchronized @Nullable Staple of(
      KeyMaterial material, boolean enabled, ConfigLocation location, List<String> problems) {
    Watched known = watched.get(material.info().fingerprint());
    if (known != null && enabled) {
      return known.staple;
    }
    X509Certificate leaf = material.leaf();
    boolean required = CertificateExtensions.mustBeStapled(leaf);
    List<URI> responders = enabled ? CertificateExtensions.responders(leaf) : List.of();
    X509Certificate issuer = material.chain().size() > 1 ? material.chain().get(1) : null;
    if (!responders.isEmpty() && issuer != null) {
      return new Staple(material, issuer, responders, required, clock);
    }
    String lacks = enabled ? lacks(responders) : "stapling is off";
    if (required) {
      problems.add(
          location.problem(
              "clients refuse this certificate without a stapled OCSP answer (must-staple), but "
                  + lacks));
    } else if (!responders.isEmpty()) {
      LOG.warn("{}", location.problem("no OCSP answer can be stapled: " + lacks));
    }
    return null;
  }

  private static String lacks(List<URI> responders) {
    return responders.isEmpty()
        ? "it names no responder"
        : "its issuer's certificate is not in the chain file";
  }

  /**
   * Asks from now on for what a listener uses, and no more for what it alone has used before.
   * Staples that are in use already are asked for again.
   */
  public synchronized void use(String listener, Collection<Staple> staples) {
    Set<String> prints = new HashSet<>();
    for (Staple staple : staples) {
      String print = staple.material().info().fingerprint();
      prints.add(print);
      ask(watched.computeIfAbsent(print, p -> new Watched(staple)));
    }
    users.put(listener, prints);
    watched
        .entrySet()
        .removeIf(
            entry -> {
              boolean unused = users.values().stream().noneMatch(u -> u.contains(entry.getKey()));
              if (unused) {
                end(entry.getValue());
              }
              return unused;
            });
  }

  private static void end(Watched certificate) {
    certificate.ended = true;
    if (certificate.next != null) {
      certificate.next.cancel(false);
    }
  }

  private synchronized void ask(Watched certificate) {
    if (certificate.ended) {
      return;
    }
    if (certificate.asking) {
      certificate.askAgain = true;
      return;
    }
    certificate.asking = true;
    if (certificate.next != null) {
      certificate.next.cancel(false);
    }
    int attempt = certificate.failures;
    ocsp.run(() -> await(certificate, attempt));
  }

  /** Waits for the answer, on a thread of its own. */
  private void await(Watched certificate, int attempt) {
    Staple staple = certificate.staple;
    OcspAnswer before = staple.answer();
    try {
      OcspAnswer answer =
          ocsp.ask(staple.material().leaf(), staple.issuer(), staple.responder(attempt), TIMEOUT);
      finish(certificate, answer, answer.status().name());
      if (before == null || before.status() != answer.status()) {
        report(staple, answer);
      }
    } catch (OcspFailure failure) {
      finish(certificate, null, failure.kind().name());
      report(staple, failure);
    }
  }

  private static void report(Staple staple, OcspFailure failure) {
    String label = staple.material().label();
    if (staple.current() == null && staple.isRequired()) {
      LOG.error(
          "{}: clients refuse this certificate now, there is no OCSP answer to staple: {}",
          label,
          failure.getMessage());
    } else {
      LOG.warn("{}: no new OCSP answer: {}", label, failure.getMessage());
    }
  }

  private void report(Staple staple, OcspAnswer answer) {
    String label = staple.material().label();
    switch (answer.status()) {
      case GOOD -> LOG.info("{}: good until {}, by OCSP", label, answer.nextUpdate());
      case UNKNOWN -> LOG.error("{}: its OCSP responder does not know the certificate", label);
      case REVOKED -> {
        LOG.error("{}: THE CERTIFICATE WAS REVOKED at {}; replace it", label, answer.since());
        audit.record(
            new AuditEvent.OwnCertificateRevoked(
                label,
                staple.material().info().fingerprint(),
                String.valueOf(answer.since()),
                answer.reason() == null ? "" : answer.reason().name()));
      }
    }
  }

  private synchronized void finish(
      Watched certificate, @Nullable OcspAnswer answer, String outcome) {
    Staple staple = certificate.staple;
    metrics.stapling(staple.material().label()).asked(outcome);
    certificate.asking = false;
    boolean useful = answer != null && answer.status() != OcspAnswer.Status.UNKNOWN;
    certificate.failures = useful ? 0 : certificate.failures + 1;
    if (answer != null) {
      staple.answered(answer);
      metrics
          .stapling(staple.material().label())
          .current(answer.status() == OcspAnswer.Status.GOOD ? answer.nextUpdate() : Instant.EPOCH);
    }
    if (certificate.askAgain) {
      certificate.askAgain = false;
      ask(certificate);
    } else if (!certificate.ended) {
      Duration wait =
          useful
              ? untilNext(Objects.requireNonNull(answer).nextUpdate())
              : pause(certificate.failures);
      long nanos = (long) (wait.toNanos() * ThreadLocalRandom.current().nextDouble(0.9, 1.1));
      try {
        certificate.next = timer.schedule(() -> ask(certificate), nanos, TimeUnit.NANOSECONDS);
      } catch (RejectedExecutionException closed) {
        // Nothing is served any more.
      }
    }
  }

  private Duration untilNext(Instant nextUpdate) {
    Duration half = Duration.between(clock.instant(), nextUpdate).dividedBy(2);
    return half.compareTo(LONGEST_WAIT) > 0
        ? LONGEST_WAIT
        : half.compareTo(FIRST_PAUSE) < 0 ? FIRST_PAUSE : half;
  }

  private static Duration pause(int failures) {
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(failures - 1, 10));
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
