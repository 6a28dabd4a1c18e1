package sallyport.credentials.revocation;

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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.certificate.RevocationConfig;
import sallyport.credentials.revocation.crl.Crl;
import sallyport.credentials.revocation.crl.CrlFinding;
import sallyport.credentials.revocation.crl.Crls;
import sallyport.credentials.revocation.ocsp.Ocsp;
import sallyport.logging.LogRateLimit;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.RevocationMetrics;

/**
 * Revocation checks of peers' certificates, by lists and by OCSP.
 *
 * <p>Any thread; immutable.
 */
public final class Revocation {
  private static final Logger LOG = LoggerFactory.getLogger(Revocation.class);

  private final RevocationConfig config;
  private final Crls crls;
  private final List<X509Certificate> authorities;
  private final Ocsp ocsp;
  private final RevocationMetrics metrics;
  private final Clock clock;
  private final LogRateLimit lines = new LogRateLimit();

  private Revocation(
      RevocationConfig config,
      Crls crls,
      List<X509Certificate> authorities,
      Ocsp ocsp,
      RevocationMetrics metrics,
      Clock clock) {
    this.config = config;
    this.crls = crls;
    this.authorities = List.copyOf(authorities);
    this.ocsp = ocsp;
    this.metrics = metrics;
    this.clock = clock;
  }

  /**
   * Reads and verifies the lists.
   *
   * @param authorities who is trusted
   * @param ocsp asks responders, where that is configured
   * @param problems takes a line for everything that is wrong
   */
  public static Revocation load(
      RevocationConfig config,
      List<X509Certificate> authorities,
      Ocsp ocsp,
      RevocationMetrics metrics,
      Clock clock,
      List<String> problems) {
    return new Revocation(
        config,
        Crls.load(config.crls(), authorities, clock, problems),
        authorities,
        ocsp,
        metrics,
        clock);
  }

  /** Returns whether both know the same. */
  public boolean sameAs(Revocation other) {
    return crls.sameAs(other.crls);
  }

  /** Returns the SHA-256 of each list, hex. */
  public List<String> digests() {
    return crls.all().stream().map(Crl::digest).sorted().toList();
  }

  /** Describes what the other one knew and this does not any more. */
  public List<String> behind(Revocation before) {
    return crls.behind(before.crls);
  }

  /** Describes the lists that are not current any more. */
  public List<String> ended(Instant now) {
    return crls.all().stream()
        .filter(crl -> crl.hasEnded(now))
        .map(crl -> crl + ", which is not current: until " + crl.nextUpdate())
        .toList();
  }

  /** Returns whether peers that no current list speaks of are refused. */
  public boolean isHard() {
    return config.mode() == RevocationConfig.Mode.HARD;
  }

  /**
   * Reports each list that is not current any more once; to be called every second or so.
   *
   * @param told of which lists, and of whom, it was told; one for the life of the gateway, since
   *     this is replaced when other lists are taken up
   */
  public void tellEnded(AuditLog audit, Set<String> told) {
    if (crls.isEmpty()) {
      metrics.noLists();
      return;
    }
    Instant now = clock.instant();
    long ended = 0;
    for (Crl crl : crls.all()) {
      if (crl.hasEnded(now)) {
        ended++;
        if (told.add(metrics.owner() + " " + crl.digest())) {
          LOG.error(
              "{}: {} has ended, at {}: {}; a newer one is taken up as soon as its file holds it",
              metrics.owner(),
              crl,
              crl.nextUpdate(),
              isHard()
                  ? "peers of its issuer are refused"
                  : "peers of its issuer pass without being looked for");
          audit.record(
              new AuditEvent.CrlEnded(
                  metrics.owner(), crl.toString(), crl.nextUpdate(), isHard() ? "hard" : "soft"));
        }
      }
    }
    metrics.ended(ended);
  }

  /** Measures until when the lists are current; to be called once they are in use. */
  public void watch() {
    Map<String, Instant> first = new HashMap<>();
    for (Crl crl : crls.all()) {
      first.merge(crl.issuer().getName(), crl.nextUpdate(), (a, b) -> a.isBefore(b) ? a : b);
    }
    metrics.nextUpdates(first);
  }

  /**
   * Checks a chain that was verified.
   *
   * @param chain the leaf first
   * @throws CertificateRevokedException when one of them was revoked
   * @throws RevocationUnknownException when that is not known, and must be
   */
  public void check(List<X509Certificate> chain) throws CertificateException {
    if (crls.isEmpty()) {
      return;
    }
    CertificateException refusal =
        refusal(
            "crl", crls.find(chain, clock.instant()), config.mode() == RevocationConfig.Mode.HARD);
    if (refusal != null) {
      throw refusal;
    }
  }

  /**
   * Asks responders about a chain that was verified, without waiting for them.
   *
   * @param chain the leaf first
   * @return null where no responder is to be asked; else what completes, on any thread and never
   *     with a failure, with why the peer is refused, or with nothing
   */
  public @Nullable CompletableFuture<Optional<CertificateException>> ask(
      List<X509Certificate> chain) {
    if (config.ocsp() == RevocationConfig.Ocsp.OFF || chain.isEmpty()) {
      return null;
    }
    // Where lists are looked at they have been, and have spoken of it.
    CrlFinding withoutResponder =
        crls.isEmpty()
            ? new CrlFinding.Unknown("the certificate names no responder")
            : new CrlFinding.Good();
    return ocsp.peers()
        .find(chain, authorities, withoutResponder, config.ocspTimeout())
        .thenApply(
            finding ->
                Optional.ofNullable(
                    refusal("ocsp", finding, config.ocsp() == RevocationConfig.Ocsp.HARD)));
  }

  private @Nullable CertificateException refusal(String source, CrlFinding finding, boolean hard) {
    return switch (finding) {
      case CrlFinding.Good good -> {
        metrics.checked(source, "good");
        yield null;
      }
      case CrlFinding.Revoked revoked -> {
        metrics.checked(source, "revoked");
        yield exception(revoked);
      }
      case CrlFinding.Unknown unknown -> {
        metrics.checked(source, hard ? "unknown_refused" : "unknown_passed");
        if (!hard) {
          lines.write(
              leftOut ->
                  LOG.warn(
                      "{}: it is not known whether certificates were revoked; they pass: {}{}",
                      metrics.owner(),
                      unknown.why(),
                      LogRateLimit.suffix(leftOut)));
        }
        yield hard ? new RevocationUnknownException(unknown.why()) : null;
      }
    };
  }

  /**
   * Looks for a chain that was verified among those revoked, and at nothing else; counts nothing.
   *
   * @param chain the leaf first
   * @return null when it is not there
   */
  public @Nullable CertificateRevokedException listed(List<X509Certificate> chain) {
    CrlFinding.Revoked revoked = crls.isEmpty() ? null : crls.findListed(chain);
    return revoked == null ? null : exception(revoked);
  }

  private static CertificateRevokedException exception(CrlFinding.Revoked revoked) {
    return new CertificateRevokedException(
        Date.from(revoked.since()),
        Objects.requireNonNullElse(revoked.reason(), CRLReason.UNSPECIFIED),
        revoked.certificate().getIssuerX500Principal(),
        Map.of());
  }
}
