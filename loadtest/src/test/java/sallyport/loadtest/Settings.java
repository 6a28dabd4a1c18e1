package sallyport.loadtest;

/**
 * Settings are system properties ({@code -Dstorm.rate=50}), each with a default and bounds: what is
 * outside of them is refused before anything starts.
 */
final class Settings {
  private Settings() {}

  /**
   * A whole number.
   *
   * @throws IllegalArgumentException when it is not one, or not from {@code least} to {@code most}
   */
  static int number(String key, int standard, int least, int most) {
    String text = System.getProperty(key);
    if (text == null) {
      return standard;
    }
    int value;
    try {
      value = Integer.parseInt(text);
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException("-D%s=%s: must be a number".formatted(key, text));
    }
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "-D%s=%d: must be %d to %d".formatted(key, value, least, most));
    }
    return value;
  }

  /** A number of seconds, up to an hour. */
  static int seconds(String key, int standard) {
    return number(key, standard, 1, 3_600);
  }

  /** How long a load lasts in seconds; {@code sallyport.duration} sets what stands in for all. */
  static int duration(String key, int standard, int most) {
    return number(key, number("sallyport.duration", standard, 2, 3_600), 2, most);
  }

  /**
   * A bound on 95th percentiles in milliseconds, up to ten minutes; {@code sallyport.p95} sets what
   * stands in for all.
   */
  static int p95(String key, int standard) {
    return millis(key, millis("sallyport.p95", standard));
  }

  /** A time in milliseconds, up to ten minutes. */
  static int millis(String key, int standard) {
    return number(key, standard, 1, 600_000);
  }

  /** A share in percent. */
  static int percent(String key, int standard) {
    return number(key, standard, 0, 100);
  }

  /**
   * Refuses a run that would open more connections than {@code sallyport.max-connections} (20000,
   * at most ten million) allows.
   */
  static void boundConnections(double planned) {
    int most = number("sallyport.max-connections", 20_000, 1, 10_000_000);
    if (planned > most) {
      throw new IllegalArgumentException(
          "that makes %.0f connections; -Dsallyport.max-connections=%d bounds them"
              .formatted(planned, most));
    }
  }
}
