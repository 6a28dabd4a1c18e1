package sallyport.config.address;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sallyport.config.read.ConfigReader;

/**
 * Names of a certificate's holder as texts such as {@code uri:spiffe://clinic.test/lab}. Two texts
 * are equal when the names are. There are no wildcards.
 */
public final class PeerNames {
  /** Kind of a name. */
  public enum Kind {
    /** A host name. */
    DNS("NAME"),
    /** A URI, such as a SPIFFE id; compared octet by octet. */
    URI("URI"),
    /** A mailbox; the part before the at sign is compared octet by octet. */
    EMAIL("MAILBOX"),
    /** An address. */
    IP("ADDRESS"),
    /** Of the certificate as a whole, hex. */
    SHA256("FINGERPRINT");

    private final String placeholder;

    Kind(String placeholder) {
      this.placeholder = placeholder;
    }

    private String prefix() {
      return name().toLowerCase(Locale.ROOT) + ":";
    }
  }

  private static final String LABEL = "[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?";

  /** A host name in lower case, of any length. */
  public static final Pattern HOST = Pattern.compile(LABEL + "(\\." + LABEL + ")*");

  private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:[!-~]+");
  private static final Pattern LOCAL_PART = Pattern.compile("[!-~]+");
  private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{64}");

  private PeerNames() {}

  /**
   * Returns the text for a name; null when it is invalid for its kind, such as a host name with a
   * wildcard.
   */
  public static @Nullable String text(Kind kind, String name) {
    String canonical =
        switch (kind) {
          case DNS -> host(name);
          case URI -> URI.matcher(name).matches() ? name : null;
          case EMAIL -> mailbox(name);
          case IP -> address(name);
          case SHA256 -> fingerprint(name);
        };
    return canonical == null ? null : kind.prefix() + canonical;
  }

  private static @Nullable String host(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.length() <= 253 && HOST.matcher(lower).matches() ? lower : null;
  }

  private static @Nullable String mailbox(String name) {
    int at = name.lastIndexOf('@');
    String host = at < 1 ? null : host(name.substring(at + 1));
    return host != null && LOCAL_PART.matcher(name.substring(0, at)).matches()
        ? name.substring(0, at) + "@" + host
        : null;
  }

  private static @Nullable String address(String name) {
    try {
      return name.indexOf('%') >= 0 ? null : InetAddress.ofLiteral(name).getHostAddress();
    } catch (IllegalArgumentException notAnAddress) {
      return null;
    }
  }

  private static @Nullable String fingerprint(String name) {
    String hex = name.replace(":", "").toLowerCase(Locale.ROOT);
    return FINGERPRINT.matcher(hex).matches() ? hex : null;
  }

  /** The text for one that people wrote, such as {@code DNS:a.test}; null when it is invalid. */
  public static @Nullable String parse(String written, Set<Kind> kinds) {
    for (Kind kind : kinds) {
      String prefix = kind.prefix();
      if (written.regionMatches(/* ignoreCase= */ true, 0, prefix, 0, prefix.length())) {
        return text(kind, written.substring(prefix.length()));
      }
    }
    return null;
  }

  /**
   * Reads a list of them, which has at least one where it is there.
   *
   * @param whenEmpty what is wrong with one that has none
   */
  public static Set<String> read(ConfigReader in, String key, String whenEmpty, Kind... kinds) {
    if (!in.has(key)) {
      return Set.of();
    }
    Set<Kind> allowed = new LinkedHashSet<>(List.of(kinds));
    Set<String> names = new LinkedHashSet<>();
    List<String> all = in.strings(key);
    if (all.isEmpty()) {
      in.problem(key, whenEmpty);
    }
    for (String written : all) {
      String name = parse(written, allowed);
      if (name != null) {
        names.add(name);
      } else {
        in.problem(
            key,
            "'"
                + written
                + "' is none of "
                + Arrays.stream(kinds)
                    .map(kind -> kind.prefix() + kind.placeholder)
                    .collect(Collectors.joining(", "))
                + "; names are taken as they stand, without wildcards");
      }
    }
    return Set.copyOf(names);
  }
}
