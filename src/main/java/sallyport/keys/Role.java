package sallyport.keys;

import java.util.Locale;

/** What the gateway shows a certificate as. */
public enum Role {
  /** To clients. */
  SERVER,
  /** To backends. */
  CLIENT;

  /** {@code server} or {@code client}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
