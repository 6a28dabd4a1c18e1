package sallyport.pki;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;

/** Kinds of keys that an authority can certify; the weak ones are for tests of refusals. */
public enum KeyKind {
  EC_P256("EC", "secp256r1"),
  EC_P384("EC", "secp384r1"),
  RSA_2048("RSA", "2048"),
  RSA_3072("RSA", "3072"),
  /** Too weak: 1024 bits have not been acceptable since 2013 (NIST SP 800-131A). */
  RSA_1024("RSA", "1024"),
  ED25519("Ed25519", "");

  private final String algorithm;
  private final String parameter;

  KeyKind(String algorithm, String parameter) {
    this.algorithm = algorithm;
    this.parameter = parameter;
  }

  KeyPair generate() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
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
