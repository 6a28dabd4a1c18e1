package sallyport.config.read;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Advice on unknown keys. */
final class Hints {
  /** Words by which other proxies turn verification off. */
  private static final Set<String> UNVERIFIED =
      Set.of(
          "verify",
          "verification",
          "insecure",
          "insecure-skip-verify",
          "skip-verify",
          "ssl-verify",
          "tls-verify",
          "verify-hostname",
          "hostname-verification",
          "reject-unauthorized",
          "trust-all");

  private Hints() {}

  /** Words by which others turn TLS off. */
  private static final Set<String> SWITCHES =
      Set.of("enabled", "enable", "disabled", "disable", "off", "on", "plain");

  private static final String ALWAYS_ON =
      "TLS cannot be turned off; for a backend that speaks plain HTTP see docs/legacy.md";

  /**
   * What to say of a key that has a meaning elsewhere, but none here; null when it has none.
   *
   * @param path of the object that it stands in
   */
  static @Nullable String forKey(String path, String key) {
    String word = key.toLowerCase(Locale.ROOT).replace('_', '-');
    if (UNVERIFIED.contains(word)) {
      return "there is no such key: a backend's certificate and name are always verified, and that"
          + " cannot be turned off; name the authority in trust and the name in server-name";
    }
    return path.endsWith(".tls") && SWITCHES.contains(word)
        ? "there is no such key: " + ALWAYS_ON
        : null;
  }

  /** What to add where an object is expected and something else stands; empty for nothing. */
  static String forValue(String key) {
    return key.equals("tls") ? "; " + ALWAYS_ON : "";
  }

  /** The known key that is at most two typing mistakes away; null when there is none. */
  static @Nullable String nearest(String key, Collection<String> known) {
    String nearest = null;
    int least = Math.min(3, key.length() / 2 + 1);
    for (String candidate : known) {
      int distance = distance(key, candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return nearest;
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(change, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
