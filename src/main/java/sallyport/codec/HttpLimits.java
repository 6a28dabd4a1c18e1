package sallyport.codec;

import sallyport.config.LimitsConfig;

/**
 * How large the parts of a message around its body may be, in bytes.
 *
 * @param startLine the first line
 * @param header all header fields together
 * @param trailer all trailer fields together
 * @param chunkExtension all chunk extensions of a body together
 */
public record HttpLimits(int startLine, int header, int trailer, int chunkExtension) {
  /** What a response may have: enough for the cookies of legacy services. */
  public static final HttpLimits OF_BACKENDS = new HttpLimits(8192, 65_536, 65_536, 65_536);

  /** A listener's. */
  public static HttpLimits of(LimitsConfig limits) {
    return new HttpLimits(
        limits.maxRequestLine(),
        limits.maxHeaderBytes(),
        limits.maxTrailerBytes(),
        limits.maxChunkExtensionBytes());
  }
}
