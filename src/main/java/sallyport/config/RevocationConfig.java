package sallyport.config;

import java.util.List;

/**
 * Which certificates of peers are no longer believed, although their authority is.
 *
 * @param crls revocation lists; empty: none are asked for
 * @param mode what becomes of a peer that no current list speaks of
 */
public record RevocationConfig(List<CrlConfig> crls, Mode mode) {
  /** Nothing is looked at. */
  public static final RevocationConfig NONE = new RevocationConfig(List.of(), Mode.HARD);

  /** What becomes of a peer of whom it is not known whether its certificate was revoked. */
  public enum Mode {
    /** It passes, and is counted. */
    SOFT,
    /** It is refused. */
    HARD
  }
}
