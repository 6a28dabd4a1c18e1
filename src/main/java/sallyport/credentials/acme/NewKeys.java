package sallyport.credentials.acme;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import sallyport.config.certificate.CertificateConfig;

/** Generator of keys. */
final class NewKeys {
  private static final int RSA_BITS = 2048;

  private NewKeys() {}

  /** Generates a key: P-256, or RSA with 2048 bits. */
  static KeyPair of(CertificateConfig.Acme.Keys kind) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(kind.name());
      switch (kind) {
        case EC -> generator.initialize(new ECGenParameterSpec("secp256r1"));
        case RSA -> generator.initialize(RSA_BITS);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
