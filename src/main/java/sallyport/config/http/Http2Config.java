package sallyport.config.http;

import java.time.Duration;

/**
 * HTTP/2 in front.
 *
 * @param enabled whether ALPN offers {@code h2}
 * @param maxConcurrentStreams a connection's open streams, 1 to 1000
 * @param initialWindowBytes how much of a body a client may send before we have taken it, per
 *     stream; 65535 to 16 MiB
 * @param pings when a client is asked whether it is there
 * @param floods when a connection is ended for what it sends
 */
public record Http2Config(
    boolean enabled,
    int maxConcurrentStreams,
    int initialWindowBytes,
    PingsConfig pings,
    Floods floods) {
  /**
   * How many frames that cost a client nothing it may send in a window of time; over it the
   * connection ends with GOAWAY and ENHANCE_YOUR_CALM (RFC 9113 section 10.5).
   *
   * @param window above 0
   * @param resets RST_STREAM (CVE-2023-44487), and streams that the gateway had to reset
   * @param controlFrames SETTINGS, PING, PRIORITY and unknown frames
   * @param emptyFrames DATA without data that does not end a stream
   */
  public record Floods(Duration window, int resets, int controlFrames, int emptyFrames) {}
}
