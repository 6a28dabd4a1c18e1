package sallyport.config.listener;

import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Rate limit: a token bucket.
 *
 * @param perSecond in the long run; 0: as often as it likes
 * @param burst at once, when there was none for a while; 1 or more
 */
public record RateConfig(
    @Limit(key = "per-second", min = "0", max = "1000000", looser = Looser.RAISED_OR_ZERO)
        int perSecond,
    @Limit(
            key = "burst",
            min = "1",
            max = "1000000",
            looser = Looser.RAISED,
            unlessZero = "per-second")
        int burst) {
  /** Whether there is no limit. */
  public boolean unlimited() {
    return perSecond == 0;
  }
}
