package sallyport.tools.pki;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** Kinds of keys that an authority can certify; the weak ones are for tests of refusals. */
public enum KeyKind {
  EC_P256("EC", "secp256r1"),
  EC_P384("EC", "secp384r1"),
  RSA_2048("RSA", "2048"),
  RSA_3072("RSA", "3072"),
  /** Too weak: 1024 bits have not been acceptable since 2013 (NIST SP 800-131A). */
  RSA_1024("RSA", "1024"),
  /** Too weak: 112 bits of strength, and no TLS library negotiates the curve any more. */
  EC_P224("EC", "secp224r1"),
  /** Too weak: 96 bits of strength. */
  EC_P192("EC", "secp192r1"),
  ED25519("Ed25519", "");

  private final String algorithm;
  private final String parameter;

  KeyKind(String algorithm, String parameter) {
    this.algorithm = algorithm;
    this.parameter = parameter;
  }

  KeyPair generate() throws GeneralSecurityException {
    KeyPairGenerator generator =
        switch (this) {
          // The JDK dropped curves below 256 bits in release 16.
          case EC_P192, EC_P224 ->
              KeyPairGenerator.getInstance(algorithm, new BouncyCastleProvider());
          case EC_P256, EC_P384, RSA_1024, RSA_2048, RSA_3072, ED25519 ->
              KeyPairGenerator.getInstance(algorithm);
        };
    switch (algorithm) {
      case "EC" -> generator.initialize(new ECGenParameterSpec(parameter));
      case "RSA" -> generator.initialize(Integer.parseInt(parameter));
      default -> {}
    }
    return generator.generateKeyPair();
  }

  static String signatureAlgorithm(String keyAlgorithm, String hash) {
    return switch (keyAlgorithm) {
      case "EC" -> hash + "withECDSA";
      case "RSA" -> hash + "withRSA";
      default -> "Ed25519";
    };
  }
}
