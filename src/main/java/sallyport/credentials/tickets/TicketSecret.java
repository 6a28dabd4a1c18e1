package sallyport.credentials.tickets;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.SecretConfig;
import sallyport.credentials.sources.Secret;
import sallyport.credentials.sources.UnusableFile;

/** Secret from which every replica that has it computes the same ticket keys. Immutable. */
public final class TicketSecret {
  private static final int LEAST_OCTETS = 32;
  private static final byte[] LABEL =
      "sallyport session tickets 1".getBytes(StandardCharsets.US_ASCII);

  private final byte[] octets;

  private TicketSecret(byte[] octets) {
    this.octets = octets;
  }

  /**
   * Reads it now: 32 random octets or more, in hex or base64. A passphrase is invalid at any
   * length.
   *
   * @throws UnusableFile when it cannot be had or is not fit; never says what it is
   */
  public static TicketSecret read(SecretConfig config) throws UnusableFile {
    try (Secret secret = Secret.read(config)) {
      byte[] octets = decode(secret);
      String origin = "the secret from " + config.origin();
      String remedy = "; make one with: openssl rand -hex 32";
      if (octets == null) {
        throw new UnusableFile(origin + " is neither hex nor base64" + remedy);
      }
      if (octets.length < LEAST_OCTETS) {
        throw new UnusableFile(
            "%s has %d octets, and needs %d%s"
                .formatted(origin, octets.length, LEAST_OCTETS, remedy));
      }
      if (!TicketKey.looksRandom(octets)) {
        throw new UnusableFile(origin + " is not random" + remedy);
      }
      return new TicketSecret(octets);
    }
  }

  /**
   * Decodes a secret in hex, or in base64 of either alphabet, with or without padding; null when it
   * is neither.
   */
  private static byte @Nullable [] decode(Secret secret) {
    try {
      return HexFormat.of().parseHex(secret.chars(), 0, secret.chars().length);
    } catch (IllegalArgumentException notHex) {
      return secret.base64();
    }
  }

  /**
   * Returns the key of a window of time, by HKDF with SHA-256 (RFC 5869) and no salt: 48 octets
   * with the info {@code sallyport session tickets 1}, 0, the owner in UTF-8, 0, and the window's
   * length and start in milliseconds as 64-bit numbers.
   *
   * @param owner those with other names get other keys
   */
  public TicketKey derive(String owner, long startMillis, long lengthMillis) {
    byte[] name = owner.getBytes(StandardCharsets.UTF_8);
    byte[] info =
        ByteBuffer.allocate(LABEL.length + name.length + 2 + 2 * Long.BYTES)
            .put(LABEL)
            .put((byte) 0)
            .put(name)
            .put((byte) 0)
            .putLong(lengthMillis)
            .putLong(startMillis)
            .array();
    try {
      byte[] key =
          KDF.getInstance("HKDF-SHA256")
              .deriveData(
                  HKDFParameterSpec.ofExtract().addIKM(octets).thenExpand(info, TicketKey.OCTETS));
      return new TicketKey(Instant.ofEpochMilli(startMillis), key);
    } catch (GeneralSecurityException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
