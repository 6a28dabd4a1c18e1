package sallyport.tls;

import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import sallyport.config.TrustConfig;
import sallyport.keys.CertificateRules;
import sallyport.keys.Certificates;
import sallyport.keys.HeldCertificate;
import sallyport.keys.UnusableFile;
import sallyport.metrics.RevocationMetrics;
import sallyport.revocation.Ocsp;
import sallyport.revocation.Revocation;

/**
 * Believes chains that end at one of the given authorities, as the JDK checks it (RFC 5280, and RFC
 * 9525 for names), and of those only the ones with strong keys throughout that were not revoked.
 */
final class StrictTrustManager extends EngineTrustManager {
  /** A peer's key or signature is too weak; told apart so that the failure can be named. */
  static final class WeakKey extends CertificateException {
    private static final long serialVersionUID = 1L;

    WeakKey(String message) {
      super(message);
    }
  }

  private final X509ExtendedTrustManager delegate;
  private final List<X509Certificate> authorities;
  private volatile Revocation revocation;
  private final BackendRules backend;

  private StrictTrustManager(
      X509ExtendedTrustManager delegate,
      List<X509Certificate> authorities,
      Revocation revocation,
      BackendRules backend) {
    this.delegate = delegate;
    this.authorities = List.copyOf(authorities);
    this.revocation = revocation;
    this.backend = backend;
  }

  /** What they have revoked. */
  Revocation revocation() {
    return revocation;
  }

  /** Goes by these lists from now on. */
  void use(Revocation other) {
    revocation = other;
  }

  /** The same, which holds backends to these rules too. */
  StrictTrustManager with(BackendRules rules) {
    return new StrictTrustManager(delegate, authorities, revocation, rules);
  }

  /** Whether the JDK is to verify the name of the host that a backend is reached at. */
  boolean verifiesHostName() {
    return backend.byHostName();
  }

  /** Whom this believes. */
  List<X509Certificate> authorities() {
    return authorities;
  }

  /** The same, as the gateway's certificates are listed. */
  List<HeldCertificate> held(String owner, TrustConfig config) {
    return HeldCertificate.ofTrust(owner, config.file().toString(), authorities, config.location());
  }

  /** Whether both have the same authorities, in whatever order. */
  boolean hasAuthoritiesOf(StrictTrustManager other) {
    return Set.copyOf(authorities).equals(Set.copyOf(other.authorities));
  }

  /** Whether both believe the same. */
  boolean believesTheSameAs(StrictTrustManager other) {
    return hasAuthoritiesOf(other) && revocation.sameAs(other.revocation);
  }

  /** Whom this believes and the other one did not, for people. */
  List<String> beyond(@Nullable StrictTrustManager other) {
    List<String> beyond = new ArrayList<>(authoritiesBeyond(other));
    if (other != null) {
      beyond.addAll(revocation.behind(other.revocation));
    }
    return beyond;
  }

  private List<String> authoritiesBeyond(@Nullable StrictTrustManager other) {
    return authorities.stream()
        .filter(authority -> other == null || !other.authorities.contains(authority))
        .map(
            authority ->
                "trusts "
                    + authority.getSubjectX500Principal().getName()
                    + " (SHA-256 "
                    + Certificates.fingerprint(authority)
                    + ") in addition")
        .toList();
  }

  /**
   * @param ocsp asks responders about them, where that is configured
   * @param metrics of the peers that are to be believed
   * @param inUse whose lists are taken over when it has the same authorities: they rotate for
   *     themselves; null at the start
   * @param problems takes a line for everything that is wrong with the files
   * @return null when anything is
   */
  static @Nullable StrictTrustManager load(
      TrustConfig config,
      Ocsp ocsp,
      RevocationMetrics metrics,
      Clock clock,
      @Nullable StrictTrustManager inUse,
      List<String> problems) {
    final int before = problems.size();
    List<X509Certificate> authorities;
    try {
      authorities = Certificates.readChain(config.file());
    } catch (UnusableFile unusable) {
      problems.add(config.location().problem(String.valueOf(unusable.getMessage())));
      return null;
    }
    Instant now = clock.instant();
    for (X509Certificate authority : authorities) {
      String name = authority.getSubjectX500Principal().getName();
      if (authority.getBasicConstraints() < 0) {
        problems.add(config.location().problem(name + " is not a certificate authority"));
      }
      if (now.isAfter(authority.getNotAfter().toInstant())) {
        problems.add(
            config.location().problem(name + " expired at " + authority.getNotAfter().toInstant()));
      }
      String weakness = CertificateRules.weakness(authority.getPublicKey());
      if (weakness != null) {
        problems.add(config.location().problem(name + " " + weakness));
      }
    }
    Revocation revocation =
        inUse != null && Set.copyOf(authorities).equals(Set.copyOf(inUse.authorities))
            ? inUse.revocation
            : Revocation.load(config.revocation(), authorities, ocsp, metrics, clock, problems);
    return problems.size() > before ? null : of(authorities, revocation);
  }

  static StrictTrustManager of(List<X509Certificate> authorities, Revocation revocation) {
    try {
      for (TrustManager manager : Certificates.trusting(authorities).getTrustManagers()) {
        if (manager instanceof X509ExtendedTrustManager extended) {
          return new StrictTrustManager(extended, authorities, revocation, BackendRules.HOST_NAME);
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK cannot verify certificates", e);
    }
    throw new IllegalStateException("the JDK has no PKIX trust manager");
  }

  private static void checkStrength(X509Certificate[] chain) throws CertificateException {
    for (X509Certificate certificate : chain) {
      String weakness =
          Objects.requireNonNullElse(
              CertificateRules.weakness(certificate.getPublicKey()),
              Objects.requireNonNullElse(CertificateRules.weakSignature(certificate), ""));
      if (!weakness.isEmpty()) {
        throw new WeakKey("a certificate of the peer " + weakness);
      }
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String auth, SSLEngine engine)
      throws CertificateException {
    checkStrength(chain);
    delegate.checkClientTrusted(chain, auth, engine);
    revocation.check(List.of(chain));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String auth, SSLEngine engine)
      throws CertificateException {
    checkStrength(chain);
    delegate.checkServerTrusted(chain, auth, engine);
    backend.check(chain, authorities, engine.getPeerHost());
    revocation.check(List.of(chain));
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return delegate.getAcceptedIssuers();
  }
}
