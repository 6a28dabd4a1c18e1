package sallyport.cluster.sticky;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tokens of the endpoints of one backend: a MAC of the name of each. Without the key a token says
 * nothing of its endpoint, and none can be made. The same key makes the same tokens in each
 * process.
 *
 * <p>Any thread.
 */
public final class StickyTokens {
  private static final String ALGORITHM = "HmacSHA256";

  /** What a token is for: a key that has other uses makes other MACs there. */
  private static final String PURPOSE = "sallyport sticky session 1";

  /** Octets of a MAC that are kept: 128 bits, too many to guess. */
  private static final int OCTETS = 16;

  /** Addresses of a name come and go: over this number, all tokens are made again. */
  private static final int MOST_KEPT = 10_000;

  /** Of this process alone, for backends without a key of their own. */
  private static final SecretKey OF_PROCESS = random();

  private final SecretKey key;
  private final String backend;

  /** By the name of the endpoint. */
  private final ConcurrentMap<String, String> tokens = new ConcurrentHashMap<>();

  /**
   * @param key for HMAC with SHA-256
   * @param backend its name, so that backends do not share tokens
   */
  public StickyTokens(SecretKey key, String backend) {
    this.key = key;
    this.backend = backend;
  }

  /** Returns the tokens of a key of this process. */
  public static StickyTokens ofProcess(String backend) {
    return new StickyTokens(OF_PROCESS, backend);
  }

  /** Returns the token of an endpoint, 22 characters of base64url. */
  public String of(String endpoint) {
    String known = tokens.get(endpoint);
    if (known != null) {
      return known;
    }
    if (tokens.size() >= MOST_KEPT) {
      tokens.clear();
    }
    return tokens.computeIfAbsent(endpoint, this::make);
  }

  /** Returns whether a text is the token of an endpoint, in a time that says nothing of it. */
  public boolean isOf(String endpoint, String text) {
    String token = of(endpoint);
    return text.length() == token.length()
        && MessageDigest.isEqual(
            token.getBytes(StandardCharsets.UTF_8), text.getBytes(StandardCharsets.UTF_8));
  }

  private String make(String endpoint) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      // No name has the octet 0.
      String text = String.join("\0", PURPOSE, backend, endpoint);
      byte[] whole = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(whole, OCTETS));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static SecretKey random() {
    byte[] octets = new byte[32];
    new SecureRandom().nextBytes(octets);
    return new SecretKeySpec(octets, ALGORITHM);
  }
}
