package sallyport.config.backend;

/** Part of a request whose hash chooses the endpoint, with {@code balance = hash}. */
public sealed interface HashConfig {
  /**
   * First value of a header field.
   *
   * @param name a token of RFC 9110, in lower case
   */
  record Header(String name) implements HashConfig {}

  /**
   * Value of a cookie.
   *
   * @param name a token of RFC 6265, as clients send it
   */
  record Cookie(String name) implements HashConfig {}

  /** Address of the client, as far as trusted proxies tell. */
  record Source() implements HashConfig {}
}
