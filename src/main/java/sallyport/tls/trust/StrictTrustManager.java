package sallyport.tls.trust;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.exception.Allowance;
import sallyport.config.certificate.TrustConfig;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.revocation.Revocation;
import sallyport.credentials.revocation.ocsp.Ocsp;
import sallyport.credentials.sources.UnusableFile;
import sallyport.credentials.trust.EngineTrustManager;
import sallyport.credentials.trust.TrustedAuthorities;
import sallyport.observe.metrics.RevocationMetrics;
import sallyport.tls.failure.VerifyErrors;
import sallyport.tls.failure.WeakKeyException;

/**
 * Trust manager that accepts a chain only where it ends at one of the given authorities, within
 * what that allows, as the JDK validates it (RFC 5280, and RFC 9525 for names), has strong keys
 * throughout, and was not revoked.
 *
 * <p>Any thread.
 */
public final class StrictTrustManager extends EngineTrustManager {
  private final TrustedAuthorities authorities;
  private volatile Revocation revocation;
  private final BackendRules backend;

  private StrictTrustManager(
      TrustedAuthorities authorities, Revocation revocation, BackendRules backend) {
    this.authorities = authorities;
    this.revocation = revocation;
    this.backend = backend;
  }

  /** Returns the revocation checks in use. */
  public Revocation revocation() {
    return revocation;
  }

  /** Uses these revocation checks from now on. */
  public void use(Revocation other) {
    revocation = other;
  }

  /** Whether the JDK has to verify the name of the host that a backend is reached at. */
  public boolean verifiesHostName() {
    return backend.byHostName();
  }

  /** Returns the trusted authorities. */
  public TrustedAuthorities authorities() {
    return authorities;
  }

  /** Lists the trusted authorities as the gateway holds them. */
  public List<HeldCertificate> held(String owner, TrustConfig config) {
    return authorities.held(owner, config);
  }

  /** Whether both have the same authorities, in any order. */
  public boolean hasAuthoritiesOf(StrictTrustManager other) {
    return authorities.sameAs(other.authorities);
  }

  /** Whether both accept the same peers. */
  public boolean believesTheSameAs(StrictTrustManager other) {
    return hasAuthoritiesOf(other) && revocation.sameAs(other.revocation);
  }

  /** Describes the authorities that this trusts and the other one did not. */
  public List<String> beyond(@Nullable StrictTrustManager other) {
    List<String> beyond = new ArrayList<>(authoritiesBeyond(other));
    if (other != null) {
      beyond.addAll(revocation.behind(other.revocation));
    }
    return beyond;
  }

  private List<String> authoritiesBeyond(@Nullable StrictTrustManager other) {
    List<X509Certificate> before = other == null ? List.of() : other.authorities.all();
    return authorities.all().stream()
        .filter(authority -> !before.contains(authority))
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
   * @param metrics of the peers that are verified
   * @param rules for backends
   * @param inUse whose lists are taken over when it has the same authorities: they rotate for
   *     themselves; null at the start
   * @param problems takes a line for everything that is wrong with the files
   * @return null when anything is
   */
  public static @Nullable StrictTrustManager load(
      TrustConfig config,
      Ocsp ocsp,
      RevocationMetrics metrics,
      Clock clock,
      BackendRules rules,
      @Nullable StrictTrustManager inUse,
      List<String> problems) {
    TrustedAuthorities authorities;
    try {
      authorities =
          rules.byPinAlone()
              ? TrustedAuthorities.readAsTheyAre(config, clock)
              : TrustedAuthorities.read(config, clock);
    } catch (UnusableFile unusable) {
      problems.add(config.location().problem(String.valueOf(unusable.getMessage())));
      return null;
    }
    final int before = problems.size();
    Revocation revocation =
        inUse != null && authorities.sameAs(inUse.authorities)
            ? inUse.revocation
            : Revocation.load(
                config.revocation(), authorities.atFirst(), ocsp, metrics, clock, problems);
    return problems.size() > before ? null : new StrictTrustManager(authorities, revocation, rules);
  }

  static StrictTrustManager of(TrustedAuthorities authorities, Revocation revocation) {
    return new StrictTrustManager(authorities, revocation, BackendRules.HOST_NAME);
  }

  private static void checkStrength(X509Certificate[] chain, Tolerance tolerance)
      throws CertificateException {
    for (X509Certificate certificate : chain) {
      String weakness = tolerance.weakness(certificate);
      if (weakness != null) {
        throw new WeakKeyException("a certificate of the peer " + weakness);
      }
    }
  }

  /** Returns what of a backend's chain is accepted by an exception alone. */
  public Set<Allowance> uses(Collection<X509Certificate> chain) {
    return backend.tolerance().uses(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String auth, SSLEngine engine)
      throws CertificateException {
    checkStrength(chain, Tolerance.NONE);
    authorities.check(chain, auth, Role.CLIENT, engine);
    revocation.check(List.of(chain));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String auth, SSLEngine engine)
      throws CertificateException {
    try {
      if (backend.byPinAlone()) {
        X509Certificate[] leaf = {chain[0]};
        checkStrength(leaf, backend.tolerance());
        backend.checkPinned(chain[0]);
        return;
      }
      checkStrength(chain, backend.tolerance());
      authorities.check(chain, auth, Role.SERVER, engine);
      backend.check(chain, authorities, engine.getPeerHost());
      revocation.check(List.of(chain));
    } catch (CertificateException refused) {
      throw VerifyErrors.named(refused, chain[0], Role.SERVER);
    }
  }

  /**
   * Checks the chain of a session that was resumed.
   *
   * @param role of the peer
   * @throws CertificateException where it is not accepted any more
   */
  public void checkResumed(X509Certificate[] chain, Role role) throws CertificateException {
    if (backend.byPinAlone()) {
      backend.checkPinned(chain[0]);
      return;
    }
    authorities.checkResumed(chain, role);
    revocation.check(List.of(chain));
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.acceptedIssuers();
  }
}
