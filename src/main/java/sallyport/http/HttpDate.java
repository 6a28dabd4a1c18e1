package sallyport.http;

import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Text of the Date field (IMF-fixdate, RFC 9110 section 5.6.7), such as {@code Sun, 06 Nov 1994
 * 08:49:37 GMT}. Any thread: the text of a second is made once, or by a few threads at once.
 */
public final class HttpDate {
  private static final HttpDate SYSTEM = new HttpDate(InstantSource.system());

  private static final String DAYS = "MonTueWedThuFriSatSun";
  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

  private record Made(long second, String text) {}

  private final InstantSource clock;
  private volatile Made last = new Made(Long.MIN_VALUE, "");

  HttpDate(InstantSource clock) {
    this.clock = clock;
  }

  /** Returns the text of the present second, by the clock of the system. */
  public static String now() {
    return SYSTEM.text();
  }

  String text() {
    long second = Math.floorDiv(clock.millis(), 1000L);
    Made made = last;
    if (made.second() != second) {
      made = new Made(second, format(second));
      last = made;
    }
    return made.text();
  }

  /**
   * @param second since 1970 began, in UTC
   */
  private static String format(long second) {
    LocalDateTime time = LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC);
    StringBuilder text = new StringBuilder(29);
    name(text, DAYS, time.getDayOfWeek().getValue()).append(", ");
    digits(text, time.getDayOfMonth()).append(' ');
    name(text, MONTHS, time.getMonthValue()).append(' ');
    digits(text, time.getYear() / 100);
    digits(text, time.getYear() % 100).append(' ');
    digits(text, time.getHour()).append(':');
    digits(text, time.getMinute()).append(':');
    return digits(text, time.getSecond()).append(" GMT").toString();
  }

  private static StringBuilder name(StringBuilder to, String names, int number) {
    return to.append(names, (number - 1) * 3, number * 3);
  }

  private static StringBuilder digits(StringBuilder to, int number) {
    return to.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
  }
}
