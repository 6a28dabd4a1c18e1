package sallyport.tls.policy;

import io.netty.handler.ssl.SslContextBuilder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.exception.Allowance;
import sallyport.config.backend.exception.ExceptionConfig;

/**
 * Versions and suites that are offered to one backend: those of its policy, and what its exception
 * adds. Listeners have none of this: it builds contexts of clients alone. Immutable.
 *
 * <p>What is added is what BoringSSL still has. Of CBC suites these are AES with HMAC-SHA1: there
 * is neither 3DES nor CBC with HMAC-SHA256, and no key exchange over finite fields.
 *
 * @param allowed by the exception; empty without one
 */
public record BackendOffer(TlsPolicy policy, Set<Allowance> allowed) {
  private static final String TLS_1_0 = "TLSv1";
  private static final String TLS_1_1 = "TLSv1.1";

  private static final List<String> CBC =
      List.of(
          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA");

  /**
   * Suites that encrypt the premaster secret under the backend's key (RFC 5246 section 7.4.7.1).
   */
  private static final List<String> RSA_GCM =
      List.of("TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384");

  private static final List<String> RSA_CBC =
      List.of("TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_256_CBC_SHA");

  /**
   * Makes the offer of a policy and an exception.
   *
   * @param exception null for none
   */
  public static BackendOffer of(TlsPolicy policy, @Nullable ExceptionConfig exception) {
    return new BackendOffer(policy, exception == null ? Set.of() : exception.allow());
  }

  /** Restricts a context of a client to this offer. */
  public SslContextBuilder restrict(SslContextBuilder builder) {
    return PolicyContext.under(policy, builder).protocols(versions()).ciphers(suites());
  }

  private List<String> versions() {
    List<String> versions = new ArrayList<>(policy.versionLabels());
    if (allowed.contains(Allowance.TLS_1_1)) {
      versions.add(TLS_1_1);
    }
    if (allowed.contains(Allowance.TLS_1_0)) {
      versions.add(TLS_1_0);
    }
    return versions;
  }

  private List<String> suites() {
    List<String> suites = new ArrayList<>(policy.suiteNames());
    boolean cbc = allowed.contains(Allowance.CBC);
    boolean rsa = allowed.contains(Allowance.RSA_KEY_EXCHANGE);
    if (cbc) {
      suites.addAll(CBC);
    }
    if (rsa) {
      suites.addAll(RSA_GCM);
    }
    if (cbc && rsa) {
      suites.addAll(RSA_CBC);
    }
    return suites;
  }

  /** Whether it is more than the policy. */
  public boolean isWidened() {
    return allowed.stream().anyMatch(Allowance::isOfTheProtocol);
  }

  /**
   * Compares the outcome of a handshake with the offer. BoringSSL speaks every version between the
   * least and the greatest, so that TLS 1.1 may come of TLS 1.0 and 1.2.
   *
   * @return null where it fits; else what does not, for people
   */
  public @Nullable String violation(Negotiated negotiated) {
    if (uses(negotiated).isEmpty()) {
      return policy.violation(negotiated);
    }
    if (!versions().contains(negotiated.version())) {
      return "version " + negotiated.version();
    }
    if (!suites().contains(negotiated.cipher())) {
      return "cipher suite " + negotiated.cipher();
    }
    return isRsa(negotiated.cipher()) ? null : policy.groupViolation(negotiated);
  }

  /** Returns what of a handshake the exception permits and the policy does not. */
  public Set<Allowance> uses(Negotiated negotiated) {
    Set<Allowance> uses = EnumSet.noneOf(Allowance.class);
    if (negotiated.version().equals(TLS_1_0)) {
      uses.add(Allowance.TLS_1_0);
    }
    if (negotiated.version().equals(TLS_1_1)) {
      uses.add(Allowance.TLS_1_1);
    }
    if (CBC.contains(negotiated.cipher()) || RSA_CBC.contains(negotiated.cipher())) {
      uses.add(Allowance.CBC);
    }
    if (isRsa(negotiated.cipher())) {
      uses.add(Allowance.RSA_KEY_EXCHANGE);
    }
    uses.retainAll(allowed);
    return uses;
  }

  private static boolean isRsa(String cipher) {
    return RSA_GCM.contains(cipher) || RSA_CBC.contains(cipher);
  }
}
