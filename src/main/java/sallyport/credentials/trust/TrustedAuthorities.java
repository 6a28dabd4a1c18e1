package sallyport.credentials.trust;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.PKIXReason;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.certificate.TrustConfig;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.sources.UnusableFile;
import sallyport.credentials.trust.TrustFile.HeldAuthority;
import sallyport.credentials.trust.TrustFile.LeftOut;

/**
 * Authorities of a trust file, and validation of peers' chains by them. An authority counts as the
 * certificate that it is: it is relied on from its first moment to its last, and for what its
 * constraints allow (RFC 5937).
 *
 * <p>Any thread.
 */
public final class TrustedAuthorities {
  private static final Logger LOG = LoggerFactory.getLogger(TrustedAuthorities.class);

  /**
   * Those that may be relied on at a time.
   *
   * @param jdk verifies with them; null when there is none
   * @param constrained whether one of them allows less than any chain
   * @param until when others will be
   */
  private record InTime(
      @Nullable X509ExtendedTrustManager jdk,
      List<X509Certificate> authorities,
      boolean constrained,
      Instant until) {
    static InTime at(List<HeldAuthority> all, Instant now) {
      List<X509Certificate> valid = new ArrayList<>();
      Instant until = Instant.MAX;
      for (HeldAuthority each : all) {
        X509Certificate certificate = each.certificate();
        Instant begin = certificate.getNotBefore().toInstant();
        // It is valid in the second of its end, too.
        Instant end = certificate.getNotAfter().toInstant().plusSeconds(1);
        if (now.isBefore(begin)) {
          until = begin.isBefore(until) ? begin : until;
        } else if (now.isBefore(end)) {
          valid.add(certificate);
          until = end.isBefore(until) ? end : until;
        }
      }
      return new InTime(
          valid.isEmpty() ? null : trustManager(valid),
          List.copyOf(valid),
          valid.stream().anyMatch(AuthorityRules::constrains),
          until);
    }
  }

  /** Refusal of every peer, since all authorities of the trust file are out of their time. */
  public static final class NoneLeft extends CertificateException {
    private static final long serialVersionUID = 1L;

    private NoneLeft() {
      super(
          "no authority is relied on",
          new CertificateExpiredException("all of the trust file are out of their time"));
    }
  }

  /** How many authorities a message names, and how long a name may be. */
  private static final int MOST_NAMES = 3;

  private static final int MOST_CHARACTERS = 120;

  private final List<HeldAuthority> all;
  private final Clock clock;
  private final List<LeftOut> leftOut;

  /** Returns the authorities that could be relied on when the file was read. */
  private final List<X509Certificate> atFirst;

  private volatile InTime inTime;

  private TrustedAuthorities(List<HeldAuthority> all, List<LeftOut> leftOut, Clock clock) {
    this.all = all;
    this.leftOut = leftOut;
    this.clock = clock;
    this.inTime = InTime.at(all, clock.instant());
    this.atFirst = inTime.authorities();
  }

  /**
   * Reads a trust file; what in it is not relied on is logged.
   *
   * @throws UnusableFile when nothing in it can be
   */
  public static TrustedAuthorities read(TrustConfig config, Clock clock) throws UnusableFile {
    TrustFile file = TrustFile.read(config.file(), config.location(), clock.instant());
    file.leftOut().forEach(each -> LOG.warn("{}", each));
    file.outOfTime().forEach(each -> LOG.warn("{}", each));
    return new TrustedAuthorities(file.authorities(), file.leftOut(), clock);
  }

  /**
   * Reads a file of certificates that are trusted by their keys: their issuers, usages and strength
   * are not looked at.
   *
   * @throws UnusableFile when there is none
   */
  public static TrustedAuthorities readAsTheyAre(TrustConfig config, Clock clock)
      throws UnusableFile {
    return of(Certificates.readChain(config.file()), clock);
  }

  /** Makes a set of these authorities, which are sound. */
  public static TrustedAuthorities of(List<X509Certificate> authorities, Clock clock) {
    List<HeldAuthority> all = new ArrayList<>();
    authorities.forEach(each -> all.add(new HeldAuthority(each, all.size())));
    return new TrustedAuthorities(List.copyOf(all), List.of(), clock);
  }

  private static X509ExtendedTrustManager trustManager(List<X509Certificate> authorities) {
    try {
      for (TrustManager manager : Certificates.trusting(authorities).getTrustManagers()) {
        if (manager instanceof X509ExtendedTrustManager extended) {
          return extended;
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK cannot verify certificates", e);
    }
    throw new IllegalStateException("the JDK has no PKIX trust manager");
  }

  private InTime inTime() {
    InTime known = inTime;
    Instant now = clock.instant();
    if (!now.isBefore(known.until())) {
      known = InTime.at(all, now);
      inTime = known;
    }
    return known;
  }

  /** Returns the authorities of the file, also those out of their time. */
  public List<X509Certificate> all() {
    return all.stream().map(HeldAuthority::certificate).toList();
  }

  /** Returns the authorities that were usable when the file was read. */
  public List<X509Certificate> atFirst() {
    return atFirst;
  }

  /** Returns what of the file is never relied on. */
  public List<LeftOut> leftOut() {
    return leftOut;
  }

  /** Returns whether both have the same, in any order. */
  public boolean sameAs(TrustedAuthorities other) {
    return Set.copyOf(all()).equals(Set.copyOf(other.all()))
        && Set.copyOf(atFirst).equals(Set.copyOf(other.atFirst));
  }

  /** Lists all of the file as the gateway holds it. */
  public List<HeldCertificate> held(String owner, TrustConfig config) {
    return TrustFile.held(owner, config, all);
  }

  /**
   * Returns when the first certificate that a chain may rest on ends; what has ended already does
   * not count.
   */
  public Instant firstEnd(List<X509Certificate> chain) {
    InTime valid = inTime();
    Instant now = clock.instant();
    Instant first = valid.until();
    for (X509Certificate each : chain) {
      Instant end = each.getNotAfter().toInstant();
      first = end.isBefore(first) && now.isBefore(end) ? end : first;
    }
    return first;
  }

  /**
   * Verifies the chain of a new session, and the name where the engine says so.
   *
   * @param chain the peer's own certificate first
   * @param auth as trust managers have it
   * @param role of the peer
   */
  public void check(X509Certificate[] chain, String auth, Role role, SSLEngine engine)
      throws CertificateException {
    InTime valid = inTime();
    X509ExtendedTrustManager jdk = valid.jdk();
    if (jdk == null) {
      throw new NoneLeft();
    }
    CertificateException refused = null;
    try {
      check(jdk, chain, auth, role, engine);
      if (!valid.constrained() && mayAllVouch(chain, role)) {
        return;
      }
    } catch (CertificateException notAsItWasSent) {
      refused = notAsItWasSent;
    }
    List<X509Certificate> path;
    try {
      path = ValidatedPath.of(chain, valid.authorities(), role);
    } catch (CertificateException noWay) {
      throw refused != null ? explained(refused, chain, valid.authorities()) : noWay;
    }
    if (refused != null) {
      // There is another way than the one that the JDK took: without what only led it astray.
      X509Certificate[] way =
          path.subList(0, Math.max(1, path.size() - 1)).toArray(X509Certificate[]::new);
      check(jdk, way, auth, role, engine);
    }
  }

  /**
   * Returns an exception that names the issuer and the trusted authorities; it replaces that of the
   * JDK if no path was found.
   */
  private static CertificateException explained(
      CertificateException refused, X509Certificate[] chain, List<X509Certificate> trusted) {
    boolean noWay = false;
    for (Throwable t = refused; t != null; t = t.getCause()) {
      boolean noAnchor =
          t instanceof CertPathValidatorException path
              && path.getReason() == PKIXReason.NO_TRUST_ANCHOR;
      if (t instanceof CertificateExpiredException
          || (t instanceof CertPathValidatorException && !noAnchor)) {
        return refused;
      }
      noWay |= noAnchor || t instanceof CertPathBuilderException;
    }
    if (!noWay) {
      return refused;
    }
    String more =
        trusted.size() > MOST_NAMES ? " and " + (trusted.size() - MOST_NAMES) + " more" : "";
    return new CertificateException(
        trusted.stream()
            .limit(MOST_NAMES)
            .map(each -> shown(each.getSubjectX500Principal()))
            .collect(Collectors.joining(" and ", whence(chain, trusted) + "; trusted: ", more)),
        refused);
  }

  private static String whence(X509Certificate[] chain, List<X509Certificate> trusted) {
    X500Principal issuer = chain[chain.length - 1].getIssuerX500Principal();
    String name = shown(issuer);
    if (trusted.stream().anyMatch(each -> each.getSubjectX500Principal().equals(issuer))) {
      return "it was issued by " + name + ", but not by the key that is trusted by this name";
    }
    if (chain.length > 1) {
      return "its chain ends at " + name + ", which is not trusted";
    }
    return issuer.equals(chain[0].getSubjectX500Principal())
        ? "it is self-signed, by " + name
        : "it was issued by " + name + ", which is not trusted, and came without a chain";
  }

  /**
   * Returns a name for logs: limited in length, without control characters, since a peer chooses
   * its names.
   */
  private static String shown(X500Principal name) {
    String text = name.getName().replaceAll("[^ -~]", "?");
    return text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS) + "..." : text;
  }

  private static void check(
      X509ExtendedTrustManager jdk,
      X509Certificate[] chain,
      String auth,
      Role role,
      SSLEngine engine)
      throws CertificateException {
    switch (role) {
      case CLIENT -> jdk.checkClientTrusted(chain, auth, engine);
      case SERVER -> jdk.checkServerTrusted(chain, auth, engine);
    }
  }

  /**
   * Returns whether the usages of all certificates permit the chain; the JDK checks those of the
   * peer's own alone.
   */
  private static boolean mayAllVouch(X509Certificate[] chain, Role role) {
    for (int i = 1; i < chain.length; i++) {
      if (!AuthorityRules.mayVouchFor(chain[i], role)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Looks again at a chain that was verified when its session began: what it rested on may have
   * ended since.
   *
   * @throws CertificateException when there is no way to an authority any more
   */
  public void checkResumed(X509Certificate[] chain, Role role) throws CertificateException {
    InTime valid = inTime();
    Instant now = clock.instant();
    boolean asAtFirst = valid.authorities().equals(atFirst);
    for (X509Certificate each : chain) {
      asAtFirst &= !now.isAfter(each.getNotAfter().toInstant());
    }
    if (!asAtFirst) {
      ValidatedPath.of(chain, valid.authorities(), role);
    }
  }

  /** Returns the path to an authority; see {@link ValidatedPath#of}. */
  public List<X509Certificate> path(X509Certificate[] chain, Role role)
      throws CertificateException {
    return ValidatedPath.of(chain, inTime().authorities(), role);
  }

  /**
   * Returns the authorities that a CertificateRequest names, now and later: those that have not
   * expired.
   */
  public X509Certificate[] acceptedIssuers() {
    Instant now = clock.instant();
    return all().stream()
        .filter(each -> !now.isAfter(each.getNotAfter().toInstant()))
        .toArray(X509Certificate[]::new);
  }
}
