package sallyport.credentials.acme;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.AcmeConfig;
import sallyport.credentials.certificates.Certificates;

/**
 * Time at which a certificate is renewed: within the window that its authority suggests (RFC 9773
 * section 4.2), or else when a part of its lifetime is left, or a little earlier, so that many
 * gateways do not renew at once.
 */
final class RenewalPlan {
  /** How much of that part it may be earlier. */
  private static final double SPREAD = 0.1;

  private static final Duration SHORTEST_LOOK = Duration.ofMinutes(1);
  private static final Duration LONGEST_LOOK = Duration.ofDays(1);

  private final List<String> names;
  private final AcmeConfig.Renewal config;
  private @Nullable X509Certificate leaf;
  private double chance;
  private @Nullable Instant suggested;
  private Instant nextLook = Instant.MIN;

  RenewalPlan(List<String> names, AcmeConfig.Renewal config) {
    this.names = names;
    this.config = config;
  }

  /**
   * Plans for another certificate.
   *
   * @param certificate null for none
   * @param random 0 to 1: how soon within what is allowed
   */
  void now(@Nullable X509Certificate certificate, double random) {
    leaf = certificate;
    chance = random;
    suggested = null;
    nextLook = Instant.MIN;
  }

  /** Returns the certificate that it is about; null for none. */
  @Nullable X509Certificate current() {
    return leaf;
  }

  /** Returns whether the authority may be asked for a time again. */
  boolean mayLook(Instant now) {
    return leaf != null && !now.isBefore(nextLook);
  }

  /** Records that the authority has no suggestion or is unreachable: its last suggestion stays. */
  void noSuggestion(Instant now) {
    nextLook = now.plus(config.check());
  }

  /**
   * Records the window that the authority suggests.
   *
   * @param again when it wants to be asked next; null when it does not say
   */
  void suggestion(Instant now, Instant start, Instant end, @Nullable Instant again) {
    Duration window = Duration.between(start, end);
    suggested =
        window.isNegative()
            ? null
            : start.plus(Duration.ofNanos((long) (window.toNanos() * chance)));
    Duration look = again == null ? config.check() : Duration.between(now, again);
    if (again != null && look.compareTo(SHORTEST_LOOK) < 0) {
      look = SHORTEST_LOOK;
    }
    nextLook = now.plus(look.compareTo(LONGEST_LOOK) > 0 ? LONGEST_LOOK : look);
  }

  /** Returns the latest time of the next look. */
  Instant nextLook() {
    return nextLook;
  }

  /**
   * Returns when to order; in the past for a certificate that is not there or is for other names.
   */
  Instant due() {
    X509Certificate current = leaf;
    if (current == null || !covers(current, names)) {
      return Instant.MIN;
    }
    Instant end = current.getNotAfter().toInstant();
    Instant byChoice = suggested;
    // A window after the end would be no help.
    if (byChoice != null && byChoice.isBefore(end)) {
      return byChoice;
    }
    double lifetime = Duration.between(current.getNotBefore().toInstant(), end).toMillis();
    return end.minusMillis((long) (lifetime * config.lifetimeLeft() * (1 + SPREAD * chance)));
  }

  /** Returns whether a certificate is for these names, and for no others. */
  static boolean covers(X509Certificate certificate, List<String> names) {
    Set<String> inIt = new HashSet<>(Certificates.names(certificate));
    return inIt.equals(new HashSet<>(names));
  }
}
