package sallyport.config.listener;

/**
 * How often something may happen: a token bucket.
 *
 * @param perSecond in the long run; 0: as often as it likes
 * @param burst at once, when there was none for a while; 1 or more
 */
public record RateConfig(int perSecond, int burst) {
  /** Whether there is no limit. */
  public boolean unlimited() {
    return perSecond == 0;
  }
}
