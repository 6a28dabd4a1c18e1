package sallyport.logging;

import org.jspecify.annotations.Nullable;

/** Builds one JSON object on one line (RFC 8259). Not for sharing between threads. */
final class JsonLine {
  /** Longer values are cut: a log line is no place for whatever a peer likes to send. */
  static final int MAX_VALUE = 2048;

  private static final String HEX = "0123456789abcdef";

  private final StringBuilder text = new StringBuilder(512).append('{');

  /** Leaves the field out when the value is null or empty. */
  JsonLine field(String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      key(name);
      quote(value);
    }
    return this;
  }

  JsonLine field(String name, long value) {
    key(name);
    text.append(value);
    return this;
  }

  /** Nanoseconds, written as milliseconds with three decimals. */
  JsonLine millis(String name, long nanos) {
    key(name);
    long micros = Math.max(0, nanos) / 1000;
    text.append(micros / 1000).append('.');
    long rest = micros % 1000;
    if (rest < 100) {
      text.append('0');
    }
    if (rest < 10) {
      text.append('0');
    }
    text.append(rest);
    return this;
  }

  private void key(String name) {
    if (text.length() > 1) {
      text.append(',');
    }
    text.append('"').append(name).append("\":");
  }

  private void quote(String value) {
    text.append('"');
    int end = Math.min(value.length(), MAX_VALUE);
    for (int i = 0; i < end; i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        default -> {
          if (c < ' ' || c > '~') {
            // Everything but printable ASCII is escaped: no terminal, no parser is tempted.
            text.append("\\u")
                .append(HEX.charAt(c >> 12))
                .append(HEX.charAt(c >> 8 & 15))
                .append(HEX.charAt(c >> 4 & 15))
                .append(HEX.charAt(c & 15));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }

  @Override
  public String toString() {
    return text + "}";
  }
}
