package sallyport.credentials.revocation.crl;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CRLException;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.certificates.CertificateRules;
import sallyport.credentials.sources.UnusableFile;
import sallyport.values.Sha256;

/**
 * Complete revocation list of one authority. Its signature is verified once for each key, not once
 * for each peer: a list of some megabytes takes milliseconds, on an event loop.
 *
 * <p>Any thread.
 */
public final class Crl {
  /** Limit of issuers of one name, above any in use. */
  private static final int MAX_KEYS = 64;

  private final X509CRL crl;
  private final CrlScope scope;
  private final byte @Nullable [] keyId;
  private final @Nullable BigInteger number;
  private final String digest;
  private final Map<PublicKey, Boolean> signedBy = new ConcurrentHashMap<>();

  private Crl(
      X509CRL crl,
      CrlScope scope,
      byte @Nullable [] keyId,
      @Nullable BigInteger number,
      String digest) {
    this.crl = crl;
    this.scope = scope;
    this.keyId = keyId;
    this.number = number;
    this.digest = digest;
  }

  /**
   * @throws UnusableFile when it is of a kind that is not looked at; the message completes a
   *     sentence that begins with the issuer
   */
  static Crl of(X509CRL crl) throws UnusableFile {
    Set<String> critical = new HashSet<>();
    if (crl.getCriticalExtensionOIDs() != null) {
      critical.addAll(crl.getCriticalExtensionOIDs());
    }
    if (critical.remove(Extension.deltaCRLIndicator.getId())) {
      throw new UnusableFile("is a delta CRL; give the whole one");
    }
    critical.remove(Extension.issuingDistributionPoint.getId());
    if (!critical.isEmpty()) {
      throw new UnusableFile("has a critical extension that is not known: " + critical);
    }
    if (crl.getNextUpdate() == null) {
      throw new UnusableFile("does not say until when it is current (nextUpdate)");
    }
    if (CertificateRules.isWeak(crl.getSigAlgName())) {
      throw new UnusableFile("is signed with " + crl.getSigAlgName() + "; SHA-256 is needed");
    }
    try {
      byte[] extension = crl.getExtensionValue(Extension.cRLNumber.getId());
      BigInteger number =
          extension == null
              ? null
              : ASN1Integer.getInstance(JcaX509ExtensionUtils.parseExtensionValue(extension))
                  .getPositiveValue();
      String digest = Sha256.hex(crl.getEncoded());
      return new Crl(crl, CrlScope.of(crl), KeyIds.ofIssuer(crl), number, digest);
    } catch (IOException | CRLException | IllegalArgumentException e) {
      throw new UnusableFile("cannot be read");
    }
  }

  public X500Principal issuer() {
    return crl.getIssuerX500Principal();
  }

  private Instant thisUpdate() {
    return crl.getThisUpdate().toInstant();
  }

  public Instant nextUpdate() {
    return crl.getNextUpdate().toInstant();
  }

  /** Returns the SHA-256 of the list, hex. */
  public String digest() {
    return digest;
  }

  /** Returns whether it was current, and is not any more. */
  public boolean hasEnded(Instant now) {
    return !now.isBefore(nextUpdate());
  }

  boolean isCurrent(Instant now) {
    return !now.isBefore(thisUpdate()) && !hasEnded(now);
  }

  /** Returns whether this certificate stands in the list; null when it does not. */
  @Nullable X509CRLEntry entry(X509Certificate certificate) {
    return KeyIds.fit(keyId, KeyIds.ofIssuer(certificate))
        ? crl.getRevokedCertificate(certificate.getSerialNumber())
        : null;
  }

  /**
   * Returns whether a certificate of its issuer that does not stand in the list was not revoked.
   */
  boolean speaksOf(X509Certificate certificate) {
    return KeyIds.fit(keyId, KeyIds.ofIssuer(certificate)) && scope.takesIn(certificate);
  }

  /** Returns whether name and key identifier let this authority have signed the list. */
  boolean mayBeOf(X509Certificate authority) {
    return authority.getSubjectX500Principal().equals(issuer())
        && KeyIds.fit(keyId, KeyIds.ofSubject(authority));
  }

  boolean isSignedBy(X509Certificate authority) {
    boolean[] usage = authority.getKeyUsage();
    boolean mayListRevoked = usage == null || usage[6];
    return mayListRevoked && mayBeOf(authority) && isSignedBy(authority.getPublicKey());
  }

  private boolean isSignedBy(PublicKey key) {
    Boolean known = signedBy.get(key);
    if (known != null) {
      return known;
    }
    boolean signed;
    try {
      crl.verify(key);
      signed = true;
    } catch (GeneralSecurityException otherKey) {
      signed = false;
    }
    if (signedBy.size() < MAX_KEYS) {
      signedBy.put(key, signed);
    }
    return signed;
  }

  /** Returns whether the other one is another issue of the same list. */
  boolean isIssueOf(Crl other) {
    return issuer().equals(other.issuer())
        && scope.equals(other.scope)
        && (keyId == null ? other.keyId == null : Arrays.equals(keyId, other.keyId));
  }

  /** Returns whether this was issued before the other one of the same list. */
  boolean isOlderThan(Crl other) {
    boolean lower = number != null && other.number != null && number.compareTo(other.number) < 0;
    return lower || thisUpdate().isBefore(other.thisUpdate());
  }

  /** Returns a text such as {@code the CRL of CN=x, number 4 of 2026-01-01T00:00:00Z}. */
  @Override
  public String toString() {
    return "the CRL of "
        + issuer().getName()
        + (number == null ? "" : ", number " + number)
        + " of "
        + thisUpdate();
  }
}
