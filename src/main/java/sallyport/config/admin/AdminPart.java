package sallyport.config.admin;

/** Part of what the admin listeners serve. */
public enum AdminPart {
  /** Metrics, health and readiness, for machines. */
  METRICS("metrics"),
  /** Status and orders, for operators. */
  CONTROL("control");

  private final String key;

  AdminPart(String key) {
    this.key = key;
  }

  /** Returns the key of its section below {@code gateway.admin}. */
  public String key() {
    return key;
  }
}
