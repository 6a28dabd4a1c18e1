package sallyport.credentials.keys;

import java.io.IOException;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.SecretConfig;
import sallyport.credentials.sources.KeyFile;
import sallyport.credentials.sources.Pem;
import sallyport.credentials.sources.Secret;
import sallyport.credentials.sources.UnusableFile;

/**
 * Private key of a PEM file: PKCS#8 (RFC 5958), also encrypted by PBES2 with AES-256 (RFC 8018), or
 * the traditional forms of EC (RFC 5915) and RSA (RFC 8017).
 */
final class PrivateKeys {
  private static final String HOW_TO_ENCRYPT =
      "encrypt it by: openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256";

  private PrivateKeys() {}

  /**
   * @param passphrase null when the key is not to be encrypted
   * @throws UnusableFile never with content of the file
   */
  static PrivateKey read(Path file, @Nullable SecretConfig passphrase) throws UnusableFile {
    byte[] content = KeyFile.read(file);
    List<Pem.Block> blocks = List.of();
    try {
      blocks = Pem.blocks(file, content);
      return decode(file, blocks, passphrase);
    } catch (IOException | GeneralSecurityException | RuntimeException broken) {
      // The cause may quote the file: it stays here.
      throw new UnusableFile("'" + file + "' is not a PEM file with a private key");
    } finally {
      Arrays.fill(content, (byte) 0);
      blocks.forEach(Pem.Block::wipe);
    }
  }

  private static PrivateKey decode(
      Path file, List<Pem.Block> blocks, @Nullable SecretConfig passphrase)
      throws UnusableFile, GeneralSecurityException, IOException {
    byte[] curve = null;
    for (Pem.Block block : blocks) {
      if (block.legacyEncryption()) {
        throw new UnusableFile(
            "'" + file + "' is encrypted in OpenSSL's old way, which is weak; " + HOW_TO_ENCRYPT);
      }
      if (block.type().equals("EC PARAMETERS")) {
        // They may stand before the key that needs them.
        curve = block.der();
      } else if (block.type().endsWith("PRIVATE KEY")) {
        boolean encrypted = block.type().startsWith("ENCRYPTED");
        if (!encrypted && passphrase != null) {
          throw new UnusableFile(
              "'" + file + "' is not encrypted, but a passphrase is given; " + HOW_TO_ENCRYPT);
        }
        return encrypted
            ? decrypt(file, block.der(), passphrase)
            : plain(block.type(), block.der(), curve);
      }
    }
    throw new UnusableFile("'" + file + "' has no private key in it");
  }

  private static PrivateKey plain(String type, byte[] der, byte @Nullable [] curve)
      throws GeneralSecurityException, IOException {
    return switch (type) {
      case "PRIVATE KEY" -> ofPkcs8(der);
      case "EC PRIVATE KEY" -> OtherKeys.traditionalEc(der, curve);
      case "RSA PRIVATE KEY" -> OtherKeys.traditionalRsa(der);
      default -> throw new GeneralSecurityException(type);
    };
  }

  /** Decodes PKCS #8: tries the usual kinds, and parses the others. */
  private static PrivateKey ofPkcs8(byte[] der) throws GeneralSecurityException, IOException {
    for (String usual : List.of("EC", "RSA")) {
      try {
        return KeyFactory.getInstance(usual).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException otherKind) {
        // The next one may be it.
      }
    }
    return OtherKeys.ofPkcs8(der);
  }

  private static PrivateKey decrypt(Path file, byte[] der, @Nullable SecretConfig passphrase)
      throws UnusableFile, GeneralSecurityException, IOException {
    if (passphrase == null) {
      throw new UnusableFile(
          "'" + file + "' is encrypted: say where its passphrase is, passphrase { env = NAME }");
    }
    EncryptedPrivateKeyInfo encrypted;
    AlgorithmParameters parameters;
    try {
      encrypted = new EncryptedPrivateKeyInfo(der);
      parameters = encrypted.getAlgParameters();
    } catch (IOException unknownScheme) {
      throw weakScheme(file);
    }
    // Such as PBEWithHmacSHA256AndAES_256; none of a scheme that the JDK does not know.
    String scheme = parameters == null ? "" : parameters.toString();
    if (parameters == null
        || !scheme.startsWith("PBEWithHmacSHA")
        || !scheme.endsWith("AndAES_256")) {
      throw weakScheme(file);
    }
    try (Secret secret = Secret.read(passphrase)) {
      PBEKeySpec spec = new PBEKeySpec(secret.chars());
      try {
        SecretKey key = SecretKeyFactory.getInstance(scheme).generateSecret(spec);
        Cipher cipher = Cipher.getInstance(scheme);
        cipher.init(Cipher.DECRYPT_MODE, key, parameters);
        PKCS8EncodedKeySpec plain = encrypted.getKeySpec(cipher);
        return ofPkcs8(plain.getEncoded());
      } catch (GeneralSecurityException | RuntimeException wrong) {
        // What a wrong passphrase decrypts to is no key, where its padding happens to be sound.
        throw new UnusableFile(
            "'" + file + "' does not open with the passphrase from " + passphrase.origin());
      } finally {
        spec.clearPassword();
      }
    }
  }

  private static UnusableFile weakScheme(Path file) {
    return new UnusableFile(
        "'" + file + "' is encrypted by other means than PBES2 with AES-256; " + HOW_TO_ENCRYPT);
  }
}
