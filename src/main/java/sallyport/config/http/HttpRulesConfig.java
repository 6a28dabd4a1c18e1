package sallyport.config.http;

/**
 * Rules for requests that a lenient backend could read differently.
 *
 * @param paths what becomes of a path that can be read in two ways
 * @param fieldNames what becomes of field names that are tokens but not letters, digits and hyphens
 * @param allowTrace whether TRACE passes; it shows a client what the gateway adds (RFC 9110 9.3.8)
 * @param identityFields what clients may say of who they are
 */
public record HttpRulesConfig(
    Paths paths, FieldNames fieldNames, boolean allowTrace, IdentityFieldsConfig identityFields) {
  /** As strict as can be: for a listener that only redirects. */
  public static final HttpRulesConfig STRICT =
      new HttpRulesConfig(Paths.REJECT, FieldNames.DROP, false, IdentityFieldsConfig.STRICT);

  /** Dot segments, encoded slashes and backslashes. */
  public enum Paths {
    /** 400. */
    REJECT,
    /** Resolved as RFC 3986 section 5.2.4 does, before routing; the backend gets the result. */
    NORMALISE,
    /**
     * Encoded slashes and backslashes go on as they came; dot segments are 400. Of routes alone.
     */
    PASS
  }

  /** Names such as {@code X_Forwarded_For}, which CGI-like backends take for X-Forwarded-For. */
  public enum FieldNames {
    /** The field is left out. */
    DROP,
    /** 400. */
    REJECT,
    /** The field goes on. */
    PASS
  }
}
