package sallyport.credentials.keys;

import java.util.Arrays;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import sallyport.config.certificate.SecretConfig;
import sallyport.credentials.sources.Secret;
import sallyport.credentials.sources.UnusableFile;

/** Key for HMAC with SHA-256, as authorities give one to their customers: in base64. */
final class MacKey {
  /** RFC 7518 section 3.2. */
  private static final int LEAST_OCTETS = 32;

  private MacKey() {}

  /**
   * @throws UnusableFile when it cannot be had or is not fit; never says what it is
   */
  static SecretKey read(SecretConfig config) throws UnusableFile {
    try (Secret secret = Secret.read(config)) {
      byte[] octets = secret.base64();
      if (octets == null) {
        throw new UnusableFile("the secret from " + config.origin() + " is not base64");
      }
      try {
        if (octets.length < LEAST_OCTETS) {
          throw new UnusableFile(
              "the secret from %s has %d octets, and needs %d"
                  .formatted(config.origin(), octets.length, LEAST_OCTETS));
        }
        return new SecretKeySpec(octets, "HmacSHA256");
      } finally {
        Arrays.fill(octets, (byte) 0);
      }
    }
  }
}
