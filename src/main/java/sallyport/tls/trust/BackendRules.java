package sallyport.tls.trust;

import io.netty.util.NetUtil;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SNIHostName;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.PeerConfig;
import sallyport.config.backend.exception.Allowance;
import sallyport.config.backend.exception.ExceptionConfig;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.PeerCertificate;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.trust.TrustedAuthorities;
import sallyport.tls.failure.PeerRefused;

/**
 * Rules for backends whose chains are trusted: names, and pins of keys (RFC 7469). Immutable.
 *
 * @param names one of which the certificate must have; empty: the host's, which the JDK verifies
 * @param pins one of which must be that of a key in the chain; empty: any
 * @param tolerance what of its certificates may be weak
 */
public record BackendRules(Set<String> names, Set<String> pins, Tolerance tolerance) {
  /** Rules that require the name of the host, and any key. */
  public static final BackendRules HOST_NAME = new BackendRules(Set.of(), Set.of(), Tolerance.NONE);

  /**
   * Makes the rules of a backend.
   *
   * @param exception null for none
   */
  public static BackendRules of(PeerConfig config, @Nullable ExceptionConfig exception) {
    return new BackendRules(
        config.names(),
        config.pins(),
        exception == null ? Tolerance.NONE : new Tolerance(exception.allow()));
  }

  /** Whether the JDK has to verify the name of the host. */
  boolean byHostName() {
    return names.isEmpty() && !byPinAlone();
  }

  /** Whether a pinned key stands in place of the name, the chain and its authority. */
  boolean byPinAlone() {
    return tolerance.allowed().contains(Allowance.NAME);
  }

  /** Checks a backend whose own key must be pinned, and its time. */
  void checkPinned(X509Certificate leaf) throws CertificateException {
    checkPins(List.of(leaf));
    leaf.checkValidity();
  }

  /**
   * @param sent the chain, the backend's own certificate first
   * @param host to which the connection was made
   */
  void check(X509Certificate[] sent, TrustedAuthorities authorities, @Nullable String host)
      throws CertificateException {
    if (names.isEmpty() && host != null && !isForJdk(host)) {
      checkExactly(sent[0], host);
    } else if (names.isEmpty()) {
      checkNamed(sent[0], host);
    } else if (Collections.disjoint(names, PeerCertificate.names(sent[0]))) {
      throw new PeerRefused(
          PeerRefused.Reason.NAME,
          "none of its names is in verify-san, SHA-256 " + Certificates.fingerprint(sent[0]));
    }
    if (!pins.isEmpty()) {
      checkPins(authorities.path(sent, Role.SERVER));
    }
  }

  /**
   * Refuses a certificate without a DNS name. The JDK takes a common name for a host name there;
   * RFC 9525 section 6.3 forbids it. The JDK looks for addresses among the alternative names alone.
   */
  private static void checkNamed(X509Certificate leaf, @Nullable String host) throws PeerRefused {
    boolean address = host != null && isAddress(host);
    if (!address && Certificates.dnsNames(leaf).isEmpty()) {
      throw new PeerRefused(
          PeerRefused.Reason.NAME, "No subject alternative DNS name, only a common name");
    }
  }

  /**
   * Requires exactly this name, and no wildcard. The JDK does not accept names with underscores.
   */
  private static void checkExactly(X509Certificate leaf, String host) throws PeerRefused {
    if (!Certificates.dnsNames(leaf).contains(host.toLowerCase(Locale.ROOT))) {
      throw new PeerRefused(
          PeerRefused.Reason.NAME, "No subject alternative DNS name is the name of the host");
    }
  }

  /** Whether a host is an address and not a name. */
  public static boolean isAddress(String host) {
    return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
  }

  /**
   * Whether the JDK can verify a host: an address, or a name by the rules of host names (RFC 952
   * and 1123), which know no underscores. What it cannot, this verifies.
   */
  public static boolean isForJdk(String host) {
    if (isAddress(host)) {
      return true;
    }
    try {
      var _ = new SNIHostName(host);
      return true;
    } catch (IllegalArgumentException otherThanAHostName) {
      return false;
    }
  }

  private void checkPins(List<X509Certificate> path) throws PeerRefused {
    Set<String> seen = path.stream().map(PeerCertificate::pin).collect(Collectors.toSet());
    if (Collections.disjoint(pins, seen)) {
      throw new PeerRefused(
          PeerRefused.Reason.PIN,
          "no key of its chain is pinned; those are "
              + path.stream().map(PeerCertificate::pin).collect(Collectors.joining(", ")));
    }
  }
}
