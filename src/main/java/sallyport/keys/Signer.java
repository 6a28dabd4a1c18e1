package sallyport.keys;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import org.jspecify.annotations.Nullable;

/** Signs for TLS with a key that does not leave its token; blocks while the token works. */
public final class Signer {
  /** Ways to sign, by what TLS calls them (RFC 8446 section 4.2.3). */
  public enum Scheme {
    RSA_PKCS1_SHA256(0x0401, "SHA256withRSA", null),
    RSA_PKCS1_SHA384(0x0501, "SHA384withRSA", null),
    RSA_PKCS1_SHA512(0x0601, "SHA512withRSA", null),
    ECDSA_SHA256(0x0403, "SHA256withECDSA", null),
    ECDSA_SHA384(0x0503, "SHA384withECDSA", null),
    ECDSA_SHA512(0x0603, "SHA512withECDSA", null),
    RSA_PSS_SHA256(0x0804, "RSASSA-PSS", pss("SHA-256", MGF1ParameterSpec.SHA256, 32)),
    RSA_PSS_SHA384(0x0805, "RSASSA-PSS", pss("SHA-384", MGF1ParameterSpec.SHA384, 48)),
    RSA_PSS_SHA512(0x0806, "RSASSA-PSS", pss("SHA-512", MGF1ParameterSpec.SHA512, 64));

    private final int code;
    private final String algorithm;

    @SuppressWarnings("ImmutableEnumChecker") // nothing in it can be changed
    private final @Nullable PSSParameterSpec parameters;

    Scheme(int code, String algorithm, @Nullable PSSParameterSpec parameters) {
      this.code = code;
      this.algorithm = algorithm;
      this.parameters = parameters;
    }

    private static PSSParameterSpec pss(String hash, MGF1ParameterSpec mask, int salt) {
      return new PSSParameterSpec(hash, "MGF1", mask, salt, 1);
    }

    /** Null when there is none with this code, SHA-1 above all. */
    public static @Nullable Scheme of(int code) {
      for (Scheme scheme : values()) {
        if (scheme.code == code) {
          return scheme;
        }
      }
      return null;
    }
  }

  private final PrivateKey key;
  private final Provider provider;

  /**
   * @param provider the only one that can use the key
   */
  public Signer(PrivateKey key, Provider provider) {
    this.key = key;
    this.provider = provider;
  }

  /**
   * @param message whole, not its hash
   * @throws GeneralSecurityException when the token refuses, or is not there
   */
  public byte[] sign(Scheme scheme, byte[] message) throws GeneralSecurityException {
    // The provider has to be named: the JDK would look among those that it knows.
    Signature signature = Signature.getInstance(scheme.algorithm, provider);
    if (scheme.parameters != null) {
      signature.setParameter(scheme.parameters);
    }
    signature.initSign(key);
    signature.update(message);
    return signature.sign();
  }
}
