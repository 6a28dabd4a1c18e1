package sallyport.credentials.pkcs11;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.setting.Settings;

/**
 * Signer for TLS with a key that does not leave its token.
 *
 * <p>Any thread but those of event loops: it blocks while the token works.
 */
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

    /** Returns the scheme with this code; null for an unknown one, SHA-1 above all. */
    public static @Nullable Scheme of(int code) {
      for (Scheme scheme : values()) {
        if (scheme.code == code) {
          return scheme;
        }
      }
      return null;
    }
  }

  private final @Nullable Pkcs11Token token;
  private final CertificateConfig.@Nullable Pkcs11 config;
  private final @Nullable X509Certificate certificate;
  private final PrivateKey key;
  private final SignerPool pool;
  private volatile Pkcs11Token.@Nullable Handle handle;

  /**
   * Makes a signer that lasts as long as the key.
   *
   * @param provider the only one that can use the key
   * @param pool whose threads wait for its signatures
   */
  public Signer(PrivateKey key, Provider provider, SignerPool pool) {
    this.token = null;
    this.config = null;
    this.certificate = null;
    this.key = key;
    this.pool = pool;
    this.handle = new Pkcs11Token.Handle(key, provider);
  }

  /**
   * Makes a signer that gets another handle each time its token comes back.
   *
   * @param certificate of the key
   */
  Signer(
      Pkcs11Token token,
      CertificateConfig.Pkcs11 config,
      X509Certificate certificate,
      Pkcs11Token.Handle handle) {
    this.token = token;
    this.config = config;
    this.certificate = certificate;
    this.key = handle.key();
    this.pool = token.pool();
    this.handle = handle;
  }

  /** Returns the threads that wait for its signatures: those of its token. */
  public SignerPool pool() {
    return pool;
  }

  /** Returns the key as it was first opened. */
  public PrivateKey key() {
    return key;
  }

  CertificateConfig.Pkcs11 config() {
    return Objects.requireNonNull(config);
  }

  X509Certificate certificate() {
    return Objects.requireNonNull(certificate);
  }

  /** Returns whether this names the same key, and the PIN in the same place. */
  boolean isOf(CertificateConfig.Pkcs11 other) {
    return config().key().equals(other.key()) && Settings.same(config().pin(), other.pin());
  }

  /** Returns the handle; null where its token has come back without the key. */
  Pkcs11Token.@Nullable Handle handle() {
    return handle;
  }

  /** Signs with this handle from now on; with none where it is null. */
  void use(Pkcs11Token.@Nullable Handle other) {
    handle = other;
  }

  /**
   * @param message whole, not its hash
   * @throws GeneralSecurityException when the token refuses, or is not there
   */
  public byte[] sign(Scheme scheme, byte[] message) throws GeneralSecurityException {
    if (token != null) {
      return token.sign(this, scheme, message);
    }
    return sign(key, Objects.requireNonNull(handle).provider(), scheme, message);
  }

  /**
   * Reports that a signature has not come for so long, while its token has been working on it. Does
   * not block.
   *
   * @param time for which it was waited
   */
  public void hangs(Duration time) {
    Pkcs11Token.Handle with = handle;
    if (token != null && with != null) {
      token.hangs(with.provider(), time);
    }
  }

  static byte[] sign(PrivateKey key, Provider provider, Scheme scheme, byte[] message)
      throws GeneralSecurityException {
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
