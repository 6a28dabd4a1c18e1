package sallyport.values;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 (FIPS 180-4), by which certificates and the contents of files are told apart. */
public final class Sha256 {
  private Sha256() {}

  /** Returns a new digest, for one thread. */
  public static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  /** Computes the digest of these octets, in lower-case hex. */
  public static String hex(byte[] octets) {
    return HexFormat.of().formatHex(newDigest().digest(octets));
  }
}
