package sallyport.credentials.certificates;

import java.util.Locale;

/** Part that the holder of a certificate takes in a connection. */
public enum Role {
  /** The gateway towards clients, and a backend. */
  SERVER("1.3.6.1.5.5.7.3.1"),
  /** The gateway towards backends, and a client. */
  CLIENT("1.3.6.1.5.5.7.3.2");

  private final String extendedKeyUsage;

  Role(String extendedKeyUsage) {
    this.extendedKeyUsage = extendedKeyUsage;
  }

  /** Returns {@code server} or {@code client}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the usage that a certificate for it has (RFC 5280 section 4.2.1.12). */
  public String extendedKeyUsage() {
    return extendedKeyUsage;
  }
}
