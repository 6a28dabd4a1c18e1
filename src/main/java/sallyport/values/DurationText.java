package sallyport.values;

import java.time.Duration;

/** Times as the configuration writes them. */
public final class DurationText {
  /** A unit that a time may be told in, beside seconds and milliseconds. */
  public enum Unit {
    DAYS("d", 86_400),
    HOURS("h", 3_600),
    MINUTES("m", 60);

    private final String suffix;
    private final long seconds;

    Unit(String suffix, long seconds) {
      this.suffix = suffix;
      this.seconds = seconds;
    }
  }

  private DurationText() {}

  /**
   * A time in the first of the units that leaves a whole number above 0; else in seconds, or in
   * milliseconds.
   *
   * @param units the largest first
   */
  public static String of(Duration time, Unit... units) {
    long millis = time.toMillis();
    if (millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    for (Unit unit : units) {
      if (seconds >= unit.seconds && seconds % unit.seconds == 0) {
        return seconds / unit.seconds + unit.suffix;
      }
    }
    return seconds + "s";
  }
}
