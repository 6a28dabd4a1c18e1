package sallyport.config.backend;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Section;

/**
 * Settings of the ejection of endpoints that requests find unusable.
 *
 * @param consecutiveFailures number of attempts in a row that fail until an endpoint is ejected; 0:
 *     none is ejected by them
 * @param base time without requests after the first ejection; after the n-th, n times as long
 * @param longest limit of that time; not below {@code base}
 * @param atMost share of the endpoints, in percent, that may be out at a time, rounded down
 * @param failureShare ejection by a share of failures
 * @param latency ejection by slow answers
 */
public record EjectionConfig(
    @Limit(
            key = "consecutive-failures",
            min = "0",
            max = "1000",
            looser = Looser.NEVER,
            reason = "which endpoint serves, not who is served")
        int consecutiveFailures,
    @Limit(
            key = "base",
            min = "10ms",
            max = "1h",
            looser = Looser.NEVER,
            reason = "which endpoint serves, not who is served")
        Duration base,
    @Limit(
            key = "longest",
            min = "10ms",
            max = "1d",
            looser = Looser.NEVER,
            reason = "which endpoint serves, not who is served")
        Duration longest,
    @Limit(
            key = "at-most",
            min = "1%",
            max = "100%",
            looser = Looser.NEVER,
            reason = "which endpoint serves, not who is served")
        int atMost,
    @Section("failure-share") FailureShare failureShare,
    @Section("latency") Latency latency) {
  /**
   * Settings of the ejection of an endpoint that fails a share of its requests.
   *
   * @param atLeast share of the attempts, in percent, that eject it; 0: none does
   * @param requests number of attempts from which on the share counts
   * @param window of time, from a failure on
   */
  public record FailureShare(
      @Limit(
              key = "at-least",
              min = "0%",
              max = "100%",
              looser = Looser.NEVER,
              reason = "which endpoint serves, not who is served")
          int atLeast,
      @Limit(
              key = "requests",
              min = "2",
              max = "1000000",
              looser = Looser.NEVER,
              reason = "which endpoint serves, not who is served")
          int requests,
      @Limit(
              key = "window",
              min = "100ms",
              max = "1h",
              looser = Looser.NEVER,
              reason = "which endpoint serves, not who is served")
          Duration window) {
    /** Returns whether a share ejects. */
    public boolean isOn() {
      return atLeast != 0;
    }
  }

  /**
   * Settings of the ejection of an endpoint that answers more slowly than its peers.
   *
   * @param factor of the latency of the peers from which on a time is too long; 0: none is
   * @param difference above the latency of the peers that such a time has at least
   * @param requests number of requests from which on an endpoint is compared
   * @param window of time after which endpoints are compared
   */
  public record Latency(
      @Limit(
              key = "factor",
              min = "0",
              max = "100",
              looser = Looser.NEVER,
              reason = "which endpoint serves, not who is served")
          int factor,
      @Limit(
              key = "difference",
              min = "1ms",
              max = "1h",
              looser = Looser.NEVER,
              reason = "which endpoint serves, not who is served")
          Duration difference,
      @Limit(
              key = "requests",
              min = "10",
              max = "1000000",
              looser = Looser.NEVER,
              reason = "which endpoint serves, not who is served")
          int requests,
      @Limit(
              key = "window",
              min = "100ms",
              max = "1h",
              looser = Looser.NEVER,
              reason = "which endpoint serves, not who is served")
          Duration window) {
    /** Returns whether slow answers eject. */
    public boolean isOn() {
      return factor != 0;
    }
  }

  /**
   * Returns the number of endpoints that may be out at a time, of this many: never all of them, and
   * 0 if ejection is off.
   */
  public int most(int endpoints) {
    return consecutiveFailures == 0 && !failureShare.isOn() && !latency.isOn()
        ? 0
        : Math.clamp((long) endpoints * atMost / 100, 0, Math.max(0, endpoints - 1));
  }
}
