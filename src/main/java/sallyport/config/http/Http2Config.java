package sallyport.config.http;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Section;
import sallyport.config.setting.Switch;

/**
 * Settings of HTTP/2 with clients.
 *
 * @param enabled whether ALPN offers {@code h2}
 * @param maxConcurrentStreams a connection's open streams, 1 to 1000
 * @param initialWindowBytes how much of a body a client may send before we have taken it, per
 *     stream; 65535 to 16 MiB
 * @param pings when a client is asked whether it is there
 * @param floods when a connection is ended for what it sends
 */
public record Http2Config(
    @Switch("enabled") boolean enabled,
    @Limit(key = "max-concurrent-streams", min = "1", max = "1000", looser = Looser.RAISED)
        int maxConcurrentStreams,
    @Limit(key = "initial-window", min = "65535B", max = "16MiB", looser = Looser.RAISED)
        int initialWindowBytes,
    @Section("ping") PingsConfig pings,
    @Section("floods") Floods floods) {
  /**
   * Limit of the frames without cost to a client that it may send in a window of time; above it the
   * connection ends with GOAWAY and ENHANCE_YOUR_CALM (RFC 9113 section 10.5).
   *
   * @param window above 0; the shorter it is, the more frames go through in the long run
   * @param resets RST_STREAM (CVE-2023-44487), and streams that the gateway had to reset
   * @param controlFrames SETTINGS, PING, PRIORITY and unknown frames
   * @param emptyFrames DATA without data that does not end a stream
   */
  public record Floods(
      @Limit(key = "window", min = "10ms", max = "1h", looser = Looser.LOWERED) Duration window,
      @Limit(key = "resets", min = "1", max = "1000000", looser = Looser.RAISED) int resets,
      @Limit(key = "control-frames", min = "1", max = "1000000", looser = Looser.RAISED)
          int controlFrames,
      @Limit(key = "empty-frames", min = "1", max = "1000000", looser = Looser.RAISED)
          int emptyFrames) {}
}
