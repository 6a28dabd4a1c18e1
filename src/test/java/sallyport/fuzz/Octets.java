package sallyport.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Octets as text, one character each. */
final class Octets {
  private Octets() {}

  static String text(byte[] octets) {
    return new String(octets, StandardCharsets.ISO_8859_1);
  }

  static byte[] of(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** As a row of the tables in the test resources has it. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\r' -> escaped.append("\\r");
        case '\n' -> escaped.append("\\n");
        case '\t' -> escaped.append("\\t");
        case '\\' -> escaped.append("\\\\");
        default -> {
          if (c < ' ' || c >= 0x7f || c == '|') {
            escaped.append("\\x").append(HexFormat.of().toHexDigits((byte) c));
          } else {
            escaped.append(c);
          }
        }
      }
    }
    return escaped.toString();
  }
}
