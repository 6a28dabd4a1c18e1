package sallyport.tls.clients;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.PeerCertificate;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.trust.TrustedAuthorities;
import sallyport.tls.failure.PeerRefused;

/**
 * Rules for clients whose certificates are trusted: depth of the chain, allow list, deny list, end
 * of the certificate's time.
 *
 * <p>Any thread.
 */
public final class ClientRules {
  private final ClientAuthConfig config;
  private final @Nullable DenyList deny;
  private final Clock clock;

  public ClientRules(ClientAuthConfig config, @Nullable DenyList deny, Clock clock) {
    this.config = config;
    this.deny = deny;
    this.clock = clock;
  }

  /** Whether refused clients are answered in HTTP. */
  public boolean answers() {
    return config.refusal() == ClientAuthConfig.Refusal.STATUS_403;
  }

  /**
   * Whether sessions may be resumed. They may not where refused clients are answered: the verdict
   * is not in a ticket, and a client that resumes a session is not verified again.
   */
  public boolean mayResume() {
    return !answers();
  }

  /** Whether a client needs a certificate. */
  boolean required() {
    return config.mode() == ClientAuthConfig.Mode.REQUIRED;
  }

  /** Checks the chain of a new session. */
  void check(X509Certificate[] sent, TrustedAuthorities authorities) throws CertificateException {
    // On every path that was found, the certificates between are part of those that were sent.
    if (sent.length - 1 > config.maxDepth()) {
      checkDepth(sent, authorities);
    }
    PeerRefused refused = refusal(sent);
    if (refused != null) {
      throw refused;
    }
  }

  private void checkDepth(X509Certificate[] sent, TrustedAuthorities authorities)
      throws CertificateException {
    // The client's own and the authority's are no part of the depth.
    int between = Math.max(0, authorities.path(sent, Role.CLIENT).size() - 2);
    if (between > config.maxDepth()) {
      throw new PeerRefused(
          PeerRefused.Reason.DEPTH,
          between
              + " certificates stand between the client's and its authority, max-depth allows "
              + config.maxDepth());
    }
  }

  /**
   * Checks what may have changed since a session began: a client that resumes it is not verified
   * again.
   *
   * @return null where the client is accepted
   */
  @Nullable PeerRefused refusal(X509Certificate[] chain) {
    X509Certificate leaf = chain[0];
    if (isDenied(chain)) {
      return new PeerRefused(
          PeerRefused.Reason.DENIED,
          "is on the deny list, SHA-256 " + Certificates.fingerprint(leaf));
    }
    if (clock.instant().isAfter(leaf.getNotAfter().toInstant())) {
      return new PeerRefused(
          PeerRefused.Reason.EXPIRED, "expired at " + leaf.getNotAfter().toInstant());
    }
    if (!config.allow().isEmpty() && Collections.disjoint(config.allow(), names(leaf))) {
      return new PeerRefused(
          PeerRefused.Reason.NOT_LISTED,
          "is nobody whom client-auth.allow lists, SHA-256 " + Certificates.fingerprint(leaf));
    }
    return null;
  }

  boolean isDenied(X509Certificate[] chain) {
    return deny != null && deny.denied().contains(chain);
  }

  /** Returns the alternative names of a certificate, and its fingerprint. */
  static Set<String> names(X509Certificate certificate) {
    Set<String> names = new HashSet<>(PeerCertificate.names(certificate));
    names.add("sha256:" + Certificates.fingerprint(certificate));
    return Set.copyOf(names);
  }
}
