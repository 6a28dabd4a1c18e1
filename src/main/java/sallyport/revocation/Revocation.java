package sallyport.revocation;

import java.security.cert.CRLReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateRevokedException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.RevocationConfig;
import sallyport.metrics.RevocationMetrics;

/** Refuses peers whose certificates were revoked. Any thread; never changes. */
public final class Revocation {
  private static final Logger LOG = LoggerFactory.getLogger(Revocation.class);

  private final RevocationConfig config;
  private final Crls crls;
  private final RevocationMetrics metrics;
  private final Clock clock;
  private final Sparingly lines = new Sparingly();

  private Revocation(RevocationConfig config, Crls crls, RevocationMetrics metrics, Clock clock) {
    this.config = config;
    this.crls = crls;
    this.metrics = metrics;
    this.clock = clock;
  }

  /**
   * Reads and verifies the lists.
   *
   * @param authorities who is trusted
   * @param problems takes a line for everything that is wrong
   */
  public static Revocation load(
      RevocationConfig config,
      List<X509Certificate> authorities,
      RevocationMetrics metrics,
      Clock clock,
      List<String> problems) {
    return new Revocation(
        config, Crls.load(config.crls(), authorities, clock, problems), metrics, clock);
  }

  /** Whether both know the same. */
  public boolean sameAs(Revocation other) {
    return crls.sameAs(other.crls);
  }

  /** What the other one knew and this does not any more, for people. */
  public List<String> behind(Revocation before) {
    return crls.behind(before.crls);
  }

  /** Says until when the lists are current; call it once they are in use. */
  public void watch() {
    Map<String, Instant> first = new HashMap<>();
    for (Crl crl : crls.all()) {
      first.merge(crl.issuer().getName(), crl.nextUpdate(), (a, b) -> a.isBefore(b) ? a : b);
    }
    first.forEach(metrics::nextUpdate);
  }

  /**
   * Looks at a chain that was verified.
   *
   * @param chain the leaf first
   * @throws CertificateRevokedException when one of them was revoked
   * @throws RevocationUnknownException when that is not known, and must be
   */
  public void check(List<X509Certificate> chain) throws CertificateException {
    if (crls.isEmpty()) {
      return;
    }
    switch (crls.find(chain, clock.instant())) {
      case Finding.Good good -> metrics.checked("good");
      case Finding.Revoked revoked -> {
        metrics.checked("revoked");
        throw exception(revoked);
      }
      case Finding.Unknown unknown -> {
        if (config.mode() == RevocationConfig.Mode.HARD) {
          metrics.checked("unknown_refused");
          throw new RevocationUnknownException(unknown.why());
        }
        metrics.checked("unknown_passed");
        lines.say(
            () ->
                LOG.warn(
                    "{}: it is not known whether certificates were revoked; they pass: {}",
                    metrics.owner(),
                    unknown.why()));
      }
    }
  }

  /**
   * Looks for a chain that was verified among those revoked, and at nothing else; counts nothing.
   *
   * @param chain the leaf first
   * @return null when it is not there
   */
  public @Nullable CertificateRevokedException listed(List<X509Certificate> chain) {
    return !crls.isEmpty()
            && crls.find(chain, clock.instant()) instanceof Finding.Revoked revoked
        ? exception(revoked)
        : null;
  }

  private static CertificateRevokedException exception(Finding.Revoked revoked) {
    return new CertificateRevokedException(
        Date.from(revoked.since()),
        Objects.requireNonNullElse(revoked.reason(), CRLReason.UNSPECIFIED),
        revoked.certificate().getIssuerX500Principal(),
        Map.of());
  }
}
