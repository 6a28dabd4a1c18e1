package sallyport.acme;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import sallyport.config.CertificateConfig;

/** Makes keys. */
final class NewKeys {
  private static final int RSA_BITS = 2048;

  private NewKeys() {}

  static KeyPair of(CertificateConfig.Acme.Keys kind) {
    return switch (kind) {
      case EC -> ellipticCurve();
      case RSA -> rsa();
    };
  }

  /** P-256. */
  static KeyPair ellipticCurve() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  private static KeyPair rsa() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(RSA_BITS);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
