package sallyport.credentials.certificates;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.ProviderException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Rules for certificates that the gateway uses. Sources: NIST SP 800-52r2 section 3.2 (key sizes,
 * hashes, extended key usage, names), SP 800-131A (112 bits of strength), RFC 5280.
 */
public final class CertificateRules {
  private static final int MIN_RSA_BITS = 2048;

  private static final String PSS_ONLY =
      "the TLS library cannot sign with a key of type RSASSA-PSS; use EC P-256, EC P-384, or RSA of"
          + " type rsaEncryption, which signs with PSS too";

  private CertificateRules() {}

  /** Returns whether a key is limited to PSS by its type, id-RSASSA-PSS (RFC 4055 section 1.2). */
  private static boolean isPssOnly(Key key) {
    return key.getAlgorithm().equals("RSASSA-PSS");
  }

  /**
   * Returns a chain without the certificates above the first that have expired, such as the
   * cross-sign of an authority by an older one; the chain itself where it would not hold together
   * without them.
   */
  public static List<X509Certificate> withoutExpired(List<X509Certificate> chain, Instant now) {
    List<X509Certificate> current = new ArrayList<>();
    current.add(chain.getFirst());
    for (X509Certificate each : chain.subList(1, chain.size())) {
      if (!now.isAfter(each.getNotAfter().toInstant())) {
        current.add(each);
      }
    }
    boolean holds = current.size() > 1;
    for (int i = 1; i < current.size(); i++) {
      holds &= isIssuer(current.get(i), current.get(i - 1));
    }
    return holds ? List.copyOf(current) : chain;
  }

  /** Lists everything that is wrong with a chain, one text each; empty where it may be used. */
  public static List<String> problems(List<X509Certificate> chain, Role role, Instant now) {
    List<String> problems = new ArrayList<>();
    X509Certificate leaf = chain.getFirst();
    for (int i = 0; i < chain.size(); i++) {
      X509Certificate certificate = chain.get(i);
      String which = i == 0 ? "the certificate" : "certificate " + (i + 1) + " of the chain";
      addIfFound(problems, which, weakness(certificate.getPublicKey()));
      addIfFound(problems, which, weakSignature(certificate));
      addIfFound(problems, which, validity(certificate, now));
      if (i > 0 && !isIssuer(certificate, chain.get(i - 1))) {
        problems.add(which + " did not issue the one before it; put the leaf first, then upwards");
      }
    }
    if (keyType(leaf.getPublicKey()) == null && weakness(leaf.getPublicKey()) == null) {
      problems.add(
          "the certificate's key is "
              + Certificates.describeKey(leaf.getPublicKey())
              + "; "
              + (isPssOnly(leaf.getPublicKey()) ? PSS_ONLY : "use EC P-256, EC P-384 or RSA"));
    }
    addUsageProblems(problems, leaf, role);
    return problems;
  }

  private static void addIfFound(List<String> problems, String which, @Nullable String problem) {
    if (problem != null) {
      problems.add(which + " " + problem);
    }
  }

  /** Returns why a key is too weak for either side of a connection; null where it is not. */
  public static @Nullable String weakness(PublicKey key) {
    boolean weak =
        switch (key) {
          case RSAPublicKey rsa -> rsa.getModulus().bitLength() < MIN_RSA_BITS;
          case ECPublicKey ec -> ec.getParams().getOrder().bitLength() < 256;
          default -> false;
        };
    return weak
        ? "has a key of "
            + Certificates.describeKey(key)
            + ", weaker than RSA 2048 or EC P-256; issue it anew with a stronger key"
        : null;
  }

  /** Returns why the signature of a certificate is too weak; null where it is not. */
  public static @Nullable String weakSignature(X509Certificate certificate) {
    boolean selfSigned =
        certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    // The signature of a root is not relied on.
    return isWeak(certificate.getSigAlgName()) && !selfSigned
        ? "is signed with " + certificate.getSigAlgName() + "; SHA-256 or better is needed"
        : null;
  }

  /**
   * Returns whether an algorithm of this name, as the JDK has it, signs a digest that can be
   * forged.
   */
  public static boolean isWeak(String signatureAlgorithm) {
    String algorithm = signatureAlgorithm.toUpperCase(Locale.ROOT);
    return algorithm.startsWith("SHA1") || algorithm.startsWith("MD");
  }

  private static @Nullable String validity(X509Certificate certificate, Instant now) {
    if (now.isAfter(certificate.getNotAfter().toInstant())) {
      return "expired at " + certificate.getNotAfter().toInstant();
    }
    return now.isBefore(certificate.getNotBefore().toInstant())
        ? "is not valid before " + certificate.getNotBefore().toInstant()
        : null;
  }

  /** Returns whether the one certificate's name and key are those that the other was issued by. */
  public static boolean isIssuer(X509Certificate issuer, X509Certificate issued) {
    if (!issued.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
      return false;
    }
    try {
      issued.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException notSigned) {
      return false;
    }
  }

  private static void addUsageProblems(List<String> problems, X509Certificate leaf, Role role) {
    List<String> usages;
    try {
      usages = leaf.getExtendedKeyUsage();
    } catch (CertificateParsingException unreadable) {
      usages = List.of();
    }
    boolean server = role == Role.SERVER;
    // Without the extension it is not limited (RFC 5280 section 4.2.1.12), and backends take it so;
    // for servers NIST SP 800-52r2 section 3.2 asks for the extension.
    boolean limited = usages == null ? server : !usages.contains(role.extendedKeyUsage());
    if (limited) {
      problems.add(
          server
              ? "the certificate lacks the extended key usage serverAuth, so clients would refuse"
                  + " it"
              : "the certificate lacks the extended key usage clientAuth, so backends would refuse"
                  + " it; public authorities no longer issue it: use a private one");
    }
    boolean[] keyUsage = leaf.getKeyUsage();
    if (keyUsage != null && !keyUsage[0]) {
      problems.add("the certificate's key usage lacks digitalSignature, which TLS needs");
    }
    if (server && Certificates.names(leaf).isEmpty()) {
      problems.add("the certificate has no subject alternative name, so that it fits no host");
    }
  }

  /** Returns what is wrong with a key in memory, or null when it belongs to the certificate. */
  public static @Nullable String keyProblem(PrivateKey key, X509Certificate certificate) {
    return keyProblem(key, null, certificate, failure -> false);
  }

  /**
   * Returns what is wrong with a key, or null when it belongs to the certificate.
   *
   * @param provider the only one that can use the key; null for any
   * @param isSilent whether a failed signature says nothing of the key
   * @throws ProviderException where that is so
   */
  public static @Nullable String keyProblem(
      PrivateKey key,
      @Nullable Provider provider,
      X509Certificate certificate,
      Predicate<Exception> isSilent) {
    if (isPssOnly(certificate.getPublicKey())) {
      return null; // It is refused as a kind.
    }
    if (isPssOnly(key)) {
      return "the key does not fit the certificate: it is of type RSASSA-PSS";
    }
    String algorithm =
        switch (certificate.getPublicKey()) {
          case RSAPublicKey rsa -> "SHA256withRSA";
          case ECPublicKey ec -> "SHA256withECDSA";
          default -> null;
        };
    if (algorithm == null) {
      return null;
    }
    byte[] sample = "sallyport".getBytes(StandardCharsets.US_ASCII);
    try {
      Signature signer =
          provider == null
              ? Signature.getInstance(algorithm)
              : Signature.getInstance(algorithm, provider);
      signer.initSign(key);
      signer.update(sample);
      byte[] signature = signer.sign();
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(certificate.getPublicKey());
      verifier.update(sample);
      if (verifier.verify(signature)) {
        return null;
      }
    } catch (GeneralSecurityException | ProviderException otherKindOfKey) {
      // Same answer, it does not fit; unless nothing is said of the key.
      if (isSilent.test(otherKindOfKey)) {
        throw new ProviderException(otherKindOfKey);
      }
    }
    return "the key does not fit the certificate";
  }

  /** Returns the type of a key; null when it is not accepted. */
  public static @Nullable KeyType keyType(PublicKey key) {
    return switch (key) {
      case RSAPublicKey rsa -> isPssOnly(rsa) ? null : KeyType.RSA;
      case ECPublicKey ec ->
          switch (ec.getParams().getOrder().bitLength()) {
            case 256 -> KeyType.EC_P256;
            case 384 -> KeyType.EC_P384;
            default -> null;
          };
      default -> null;
    };
  }
}
