package sallyport.http.codec;

import sallyport.config.listener.LimitsConfig;

/**
 * Limits of the size of a message around its body, in bytes, and of its number of fields.
 *
 * @param startLine the first line
 * @param header all header fields together
 * @param trailer all trailer fields together
 * @param chunkExtension all chunk extensions of a body together
 * @param fields header fields, and trailer fields, each for themselves; 1 or more
 */
public record HttpLimits(int startLine, int header, int trailer, int chunkExtension, int fields) {
  /** What the head of a response may have, in bytes: enough for the cookies of legacy services. */
  public static final int HEADER_OF_BACKENDS = 65_536;

  /** Returns the limits of a listener. */
  public static HttpLimits of(LimitsConfig limits) {
    return new HttpLimits(
        limits.maxRequestLine(),
        limits.maxHeaderBytes(),
        limits.maxTrailerBytes(),
        limits.maxChunkExtensionBytes(),
        limits.maxFields());
  }

  /**
   * Returns the limits of a backend.
   *
   * @param fields its own limit
   */
  public static HttpLimits ofBackend(int fields) {
    return new HttpLimits(8192, HEADER_OF_BACKENDS, 65_536, 65_536, fields);
  }
}
