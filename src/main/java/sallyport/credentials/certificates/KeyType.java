package sallyport.credentials.certificates;

/** Kinds of keys that are accepted. */
public enum KeyType {
  EC_P256("EC P-256"),
  EC_P384("EC P-384"),
  RSA("RSA");

  private final String label;

  KeyType(String label) {
    this.label = label;
  }

  /** Returns the name for people, such as {@code EC P-256}. */
  public String label() {
    return label;
  }
}
