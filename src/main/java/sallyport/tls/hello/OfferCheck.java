package sallyport.tls.hello;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.certificates.KeyType;
import sallyport.tls.failure.HandshakeRefusal;
import sallyport.tls.policy.TlsPolicy;
import sallyport.tls.policy.TlsPolicy.Auth;
import sallyport.tls.policy.TlsPolicy.Suite;
import sallyport.tls.policy.TlsPolicy.Version;

/**
 * Comparison of a client's offer with a policy, and choice of the kinds of certificates that suit
 * it. Immutable.
 */
public final class OfferCheck {
  /** ECDSA and RSA-PSS or PKCS#1 schemes with SHA-256 or better (RFC 8446 section 4.2.3). */
  private static final List<Integer> ECDSA_SCHEMES = List.of(0x0403, 0x0503, 0x0603);

  /** Named curves (RFC 8422 section 5.1.1). */
  private static final int SECP256R1 = 23;

  private static final int SECP384R1 = 24;

  private static final List<Integer> RSA_PSS_SCHEMES = List.of(0x0804, 0x0805, 0x0806);
  private static final List<Integer> RSA_PKCS1_SCHEMES = List.of(0x0401, 0x0501, 0x0601);

  private final TlsPolicy policy;
  private final ClientHello hello;
  private final boolean tls13;

  public OfferCheck(TlsPolicy policy, ClientHello hello) {
    this.policy = policy;
    this.hello = hello;
    this.tls13 = policy.speaks(Version.TLS_1_3) && hello.offers(Version.TLS_1_3);
  }

  /** Returns why no handshake is possible with any certificate; null where one is. */
  public @Nullable HandshakeRefusal refusal() {
    boolean tls12 = policy.speaks(Version.TLS_1_2) && hello.offers(Version.TLS_1_2);
    if (!tls13 && !tls12) {
      return HandshakeRefusal.NO_COMMON_VERSION;
    }
    // TLS 1.3 wins where both sides speak it, so that then its suites alone count.
    List<Suite> suites = tls13 ? policy.suites13() : policy.suites12();
    if (suites.stream().noneMatch(hello::offers)) {
      return HandshakeRefusal.NO_COMMON_CIPHER;
    }
    boolean group = policy.groups().stream().anyMatch(hello::offers);
    return group ? null : HandshakeRefusal.NO_COMMON_GROUP;
  }

  /** Whether a certificate with this kind of key can serve this client. */
  public boolean canUse(KeyType type) {
    return switch (type) {
      case EC_P256 -> canUseEc(SECP256R1, 0x0403);
      case EC_P384 -> canUseEc(SECP384R1, 0x0503);
      case RSA -> canUseRsa();
    };
  }

  /**
   * Returns the kinds of keys that this client could use and that the listener has no certificate
   * of, for a client whose offer has no {@link #refusal}; empty where no other certificate helps.
   *
   * @param shown kinds of the certificates that the client may be shown
   */
  public Set<KeyType> wouldHelp(Set<KeyType> shown) {
    Set<KeyType> others = EnumSet.allOf(KeyType.class);
    others.removeAll(shown);
    others.removeIf(type -> !canUse(type));
    return others;
  }

  private boolean canUseEc(int curve, int schemeOfCurve) {
    if (tls13) {
      // TLS 1.3 ties the scheme to the curve.
      return hello.signatures().contains(schemeOfCurve);
    }
    // TLS 1.2 ties the certificate to the groups (RFC 8422 sections 5.1 and 5.3).
    boolean takesCurve = hello.groups().isEmpty() || hello.groups().contains(curve);
    return takesCurve && offersSuite(Auth.ECDSA) && offersAny(ECDSA_SCHEMES);
  }

  private boolean canUseRsa() {
    return tls13
        ? offersAny(RSA_PSS_SCHEMES)
        : offersSuite(Auth.RSA) && (offersAny(RSA_PSS_SCHEMES) || offersAny(RSA_PKCS1_SCHEMES));
  }

  private boolean offersSuite(Auth auth) {
    return policy.suites12().stream().anyMatch(s -> s.auth() == auth && hello.offers(s));
  }

  private boolean offersAny(List<Integer> schemes) {
    return schemes.stream().anyMatch(hello.signatures()::contains);
  }
}
