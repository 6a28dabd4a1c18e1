package sallyport.values;

/** Sizes as the configuration writes them. */
public final class SizeText {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB"};

  private SizeText() {}

  /** A number of bytes in the largest unit that leaves a whole number. */
  public static String of(long bytes) {
    int unit = 0;
    long number = bytes;
    while (number != 0 && number % 1024 == 0 && unit < UNITS.length - 1) {
      number /= 1024;
      unit++;
    }
    return number + UNITS[unit];
  }
}
