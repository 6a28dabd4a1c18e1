package sallyport.logging.json;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** Builder of one JSON object on one line (RFC 8259). Belongs to one thread. */
public final class JsonLine {
  /** Longer values are cut: peers choose their length. */
  static final int MAX_VALUE = 2048;

  /** Text of a second, kept because most lines fall into the second of the line before. */
  private record Second(long epoch, String text) {
    private static final DateTimeFormatter FORMAT =
        DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.");

    static Second of(long epoch) {
      return new Second(
          epoch, FORMAT.format(LocalDateTime.ofEpochSecond(epoch, 0, ZoneOffset.UTC)));
    }
  }

  private static volatile Second latest = Second.of(0);

  private final StringBuilder text = new StringBuilder(512).append('{');

  /** Leaves the field out when the value is null or empty. */
  public JsonLine field(String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      key(name);
      JsonString.append(text, value, Math.min(value.length(), MAX_VALUE));
    }
    return this;
  }

  /**
   * Adds a field whose value needs no escape: printable ASCII without quotation marks and
   * backslashes, at most {@link #MAX_VALUE} characters. Leaves it out when it is null or empty.
   */
  public JsonLine plain(String name, @Nullable String value) {
    assert value == null || JsonString.isPlain(value);
    if (value != null && !value.isEmpty()) {
      key(name);
      text.append('"').append(value).append('"');
    }
    return this;
  }

  public JsonLine field(String name, long value) {
    key(name);
    text.append(value);
    return this;
  }

  /** Adds nanoseconds, written as milliseconds with three decimals. */
  public JsonLine millis(String name, long nanos) {
    key(name);
    long micros = Math.max(0, nanos) / 1000;
    text.append(micros / 1000).append('.');
    threeDigits((int) (micros % 1000));
    return this;
  }

  /** Returns a time in UTC, to the millisecond (RFC 3339). */
  public JsonLine time(String name, long epochMillis) {
    key(name);
    long epoch = Math.floorDiv(epochMillis, 1000L);
    Second second = latest;
    if (second.epoch() != epoch) {
      second = Second.of(epoch);
      latest = second;
    }
    text.append('"').append(second.text());
    threeDigits((int) Math.floorMod(epochMillis, 1000L));
    text.append("Z\"");
    return this;
  }

  private void threeDigits(int number) {
    text.append((char) ('0' + number / 100))
        .append((char) ('0' + number / 10 % 10))
        .append((char) ('0' + number % 10));
  }

  private void key(String name) {
    text.append(text.length() > 1 ? ",\"" : "\"").append(name).append("\":");
  }

  /** Returns the whole line; nothing can be added to it any more. */
  public String end() {
    return text.append('}').toString();
  }
}
