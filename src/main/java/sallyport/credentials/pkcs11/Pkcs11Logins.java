package sallyport.credentials.pkcs11;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import sallyport.credentials.sources.Secret;
import sallyport.values.Sha256;

/**
 * PINs with which tokens were logged in to, and those that they refused. A process logs in to a
 * token once, and any PIN is accepted after that without a check (PKCS#11 3.1, C_Login:
 * CKR_USER_ALREADY_LOGGED_IN), so that a wrong one would only show at the next start. A token locks
 * after too many wrong PINs, some for good, so that none is tried twice.
 *
 * <p>One for the process, as the login is. Holds digests under a salt that is never stored.
 */
final class Pkcs11Logins {
  private record Token(Path module, String label) {}

  private static final Map<Token, byte[]> PINS = new HashMap<>();
  private static final Map<Token, Set<ByteBuffer>> REFUSED = new HashMap<>();
  private static final byte[] SALT = new byte[32];

  static {
    new SecureRandom().nextBytes(SALT);
  }

  private Pkcs11Logins() {}

  /** Returns whether the token is logged in to, and by another PIN. */
  static boolean isOther(Path module, String label, Secret pin) {
    synchronized (PINS) {
      byte[] known = PINS.get(new Token(module, label));
      return known != null && !MessageDigest.isEqual(known, digest(pin));
    }
  }

  /** Remembers a PIN after a login with it. */
  static void remember(Path module, String label, Secret pin) {
    synchronized (PINS) {
      PINS.putIfAbsent(new Token(module, label), digest(pin));
      REFUSED.remove(new Token(module, label));
    }
  }

  /** Forgets all PINs of a module, after the logins to all of its tokens have ended. */
  static void forget(Path module) {
    synchronized (PINS) {
      PINS.keySet().removeIf(token -> token.module().equals(module));
    }
  }

  /** Returns whether the token is logged in to. */
  static boolean isLoggedIn(Path module, String label) {
    synchronized (PINS) {
      return PINS.containsKey(new Token(module, label));
    }
  }

  /** Returns whether the token has refused this PIN, and taken none since. */
  static boolean wasRefused(Path module, String label, Secret pin) {
    synchronized (PINS) {
      return REFUSED
          .getOrDefault(new Token(module, label), Set.of())
          .contains(ByteBuffer.wrap(digest(pin)));
    }
  }

  /** Records that a token refused a PIN. */
  static void refused(Path module, String label, Secret pin) {
    synchronized (PINS) {
      REFUSED
          .computeIfAbsent(new Token(module, label), token -> new HashSet<>())
          .add(ByteBuffer.wrap(digest(pin)));
    }
  }

  private static byte[] digest(Secret pin) {
    ByteBuffer bytes = ByteBuffer.allocate(pin.chars().length * Character.BYTES);
    bytes.asCharBuffer().put(pin.chars());
    MessageDigest digest = Sha256.newDigest();
    digest.update(SALT);
    digest.update(bytes.array());
    Arrays.fill(bytes.array(), (byte) 0);
    return digest.digest();
  }
}
