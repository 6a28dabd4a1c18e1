package sallyport.credentials.revocation.ocsp;

import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.revocation.crl.Chains;
import sallyport.credentials.revocation.crl.CrlFinding;

/**
 * Cache of OCSP answers about peers, kept for an hour at most. A failed question is remembered for
 * half a minute. Concurrent questions about the same certificate share one answer.
 *
 * <p>Any thread; none waits.
 */
public final class PeerOcsp {
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(30);
  private static final int MAX_REMEMBERED = 10_000;
  private static final int MAX_ASKED_AT_ONCE = 256;

  /** A finding, and how long it may be relied on. */
  record Remembered(CrlFinding finding, Instant until) {}

  /** What a question may take beyond its timeout: the system may be busy. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final Ocsp ocsp;
  private final Clock clock;
  private final AtomicInteger asking = new AtomicInteger();

  /** Answers by the certificate's fingerprint. */
  private final Map<String, CompletableFuture<Remembered>> remembered = new ConcurrentHashMap<>();

  PeerOcsp(Ocsp ocsp, Clock clock) {
    this.ocsp = ocsp;
    this.clock = clock;
  }

  /**
   * Returns what responders say of a chain that was verified; never fails.
   *
   * @param withoutResponder what is known of a certificate that names no responder
   * @param timeout for each responder
   */
  public CompletableFuture<CrlFinding> find(
      List<X509Certificate> chain,
      List<X509Certificate> authorities,
      CrlFinding withoutResponder,
      Duration timeout) {
    CompletableFuture<CrlFinding> all = CompletableFuture.completedFuture(new CrlFinding.Good());
    for (X509Certificate certificate : Chains.path(chain, authorities)) {
      List<URI> responders = CertificateExtensions.responders(certificate);
      CompletableFuture<CrlFinding> one =
          responders.isEmpty()
              ? CompletableFuture.completedFuture(withoutResponder)
              : find(certificate, chain, authorities, responders.getFirst(), timeout);
      all = all.thenCombine(one, PeerOcsp::worse);
    }
    return all;
  }

  private static CrlFinding worse(CrlFinding one, CrlFinding other) {
    if (one instanceof CrlFinding.Revoked || other instanceof CrlFinding.Good) {
      return one;
    }
    return other instanceof CrlFinding.Revoked || one instanceof CrlFinding.Good ? other : one;
  }

  private CompletableFuture<CrlFinding> find(
      X509Certificate certificate,
      List<X509Certificate> chain,
      List<X509Certificate> authorities,
      URI responder,
      Duration timeout) {
    String key = Certificates.fingerprint(certificate);
    Instant now = clock.instant();
    CompletableFuture<Remembered> known = remembered.get(key);
    if (known == null || isOver(known, now)) {
      makeRoom(now);
      known =
          remembered.compute(
              key,
              (k, old) ->
                  old == null || isOver(old, now)
                      ? begin(
                          () -> ask(certificate, chain, authorities, responder, timeout),
                          timeout.plus(GRACE))
                      : old);
    }
    return known.thenApply(Remembered::finding);
  }

  private static boolean isOver(CompletableFuture<Remembered> known, Instant now) {
    return known.isDone() && !now.isBefore(known.resultNow().until());
  }

  private void makeRoom(Instant now) {
    if (remembered.size() <= MAX_REMEMBERED) {
      return;
    }
    remembered.values().removeIf(known -> isOver(known, now));
    Iterator<CompletableFuture<Remembered>> some = remembered.values().iterator();
    while (remembered.size() > MAX_REMEMBERED && some.hasNext()) {
      some.next();
      some.remove();
    }
  }

  /**
   * Asks on a thread of its own.
   *
   * @param limit after which nothing is known, even if the thread still waits: a handshake waits,
   *     and has no other timer
   * @return never fails
   */
  CompletableFuture<Remembered> begin(Supplier<Remembered> question, Duration limit) {
    CompletableFuture<Remembered> answer = new CompletableFuture<>();
    if (asking.incrementAndGet() > MAX_ASKED_AT_ONCE) {
      asking.decrementAndGet();
      answer.complete(unknown("too many responders are being asked"));
      return answer;
    }
    boolean begun =
        ocsp.run(
            () -> {
              try {
                answer.complete(question.get());
              } finally {
                asking.decrementAndGet();
                // Also where the thread ends by an error.
                answer.complete(unknown("the answer cannot be read"));
              }
            });
    if (!begun) {
      asking.decrementAndGet();
      answer.complete(unknown("the gateway stops"));
    }
    return answer.completeOnTimeout(
        unknown("the responder did not answer in time"), limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Waits for the answer, on a thread of its own. */
  private Remembered ask(
      X509Certificate certificate,
      List<X509Certificate> chain,
      List<X509Certificate> authorities,
      URI responder,
      Duration timeout) {
    X509Certificate issuer = Chains.issuer(certificate, chain, authorities);
    if (issuer == null) {
      return unknown("the issuer's certificate is not there");
    }
    try {
      return remembered(certificate, ocsp.ask(certificate, issuer, responder, timeout));
    } catch (OcspFailure failure) {
      return unknown(String.valueOf(failure.getMessage()));
    }
  }

  private Remembered unknown(String why) {
    return new Remembered(new CrlFinding.Unknown(why), clock.instant().plus(AFTER_FAILURE));
  }

  private Remembered remembered(X509Certificate certificate, OcspAnswer answer) {
    Instant longest = clock.instant().plus(LONGEST);
    Instant until = answer.nextUpdate().isBefore(longest) ? answer.nextUpdate() : longest;
    CrlFinding finding =
        switch (answer.status()) {
          case GOOD -> new CrlFinding.Good();
          case UNKNOWN -> new CrlFinding.Unknown("the responder does not know the certificate");
          case REVOKED ->
              new CrlFinding.Revoked(
                  certificate, Objects.requireNonNull(answer.since()), answer.reason());
        };
    return new Remembered(finding, until);
  }
}
