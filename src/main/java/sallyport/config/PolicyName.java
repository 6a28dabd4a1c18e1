package sallyport.config;

/** The names of the TLS policies; what they hold is data of the {@code tls} package. */
public enum PolicyName {
  APPROVED,
  NIST_STRICT,
  MOZILLA_INTERMEDIATE,
  MOZILLA_MODERN
}
