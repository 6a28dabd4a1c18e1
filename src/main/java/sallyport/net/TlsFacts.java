package sallyport.net;

/**
 * Parameters that were negotiated for a connection. Immutable.
 *
 * @param version such as {@code TLSv1.3}
 * @param cipher the suite's IANA name
 * @param group the key exchange group; empty when unknown
 */
public record TlsFacts(String version, String cipher, String group) {
  /** Facts of a plain connection. */
  public static final TlsFacts NONE = new TlsFacts("", "", "");
}
