package sallyport.config.backend;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Rule that the responses of a backend may break. The gateway forwards them in canonical form. */
public enum Leniency {
  /** 204 with a chunked body that is empty (RFC 9112 section 6.1). */
  EMPTY_CHUNKED_204,
  /** Content-Length several times, or as a list, with one value (RFC 9112 section 6.3). */
  EQUAL_CONTENT_LENGTHS,
  /** Blanks around a chunk size, or many zeros before it (RFC 9112 section 7.1). */
  PADDED_CHUNK_SIZES,
  /** 600 to 999 (RFC 9110 section 15). */
  UNUSUAL_STATUSES,
  /** Lines of a head that end in LF alone (RFC 9112 section 2.2). */
  BARE_LF,
  /** Up to 1000 interim responses before the final one, not 16. */
  MANY_INTERIM_RESPONSES,
  /** 101 with Content-Length: 0 (RFC 9112 section 6.2). */
  ZERO_LENGTH_101,
  /** A body that only the end of the connection ends, without close_notify (RFC 8446 6.1). */
  NO_CLOSE_NOTIFY;

  /** As the configuration writes it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Map<String, Leniency> words() {
    return Arrays.stream(values())
        .collect(
            Collectors.toMap(
                Leniency::word, leniency -> leniency, (a, b) -> a, LinkedHashMap::new));
  }
}
