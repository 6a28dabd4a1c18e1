package sallyport.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A table of raw messages in the test resources: one case a line, in the format it describes. */
public final class RawTable {
  /**
   * One case.
   *
   * @param source the section that says so
   * @param bytes what is sent, one character an octet
   */
  public record Row(String source, String name, String bytes, String verdict) {
    public String title() {
      return source + ": " + name;
    }
  }

  private RawTable() {}

  /** The rows of {@code http1-responses.table}. */
  public static List<Row> responses() {
    return read(
        "http1-responses.table",
        Map.of(
            "ok",
            "HTTP/1.1 200 OK\\r\\n",
            "ws",
            "HTTP/1.1 101 Switching\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\\r\\n"));
  }

  /**
   * @param shorthands what stands in braces, without them, to what it stands for
   */
  public static List<Row> read(String resource, Map<String, String> shorthands) {
    try (InputStream in = RawTable.class.getResourceAsStream("/" + resource)) {
      if (in == null) {
        throw new AssertionError("no " + resource);
      }
      List<Row> rows = new ArrayList<>();
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
        if (line.isEmpty() || line.startsWith("#")) {
          continue;
        }
        String[] columns = line.split("\\s*\\| | \\|$", 4);
        if (columns.length != 4) {
          throw new AssertionError(resource + ": not four columns: " + line);
        }
        String bytes = columns[2].stripTrailing();
        for (Map.Entry<String, String> shorthand : shorthands.entrySet()) {
          bytes = bytes.replace("{" + shorthand.getKey() + "}", shorthand.getValue());
        }
        rows.add(
            new Row(columns[0].strip(), columns[1].strip(), unescape(bytes), columns[3].strip()));
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String unescape(String text) {
    StringBuilder bytes = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        bytes.append(c);
        continue;
      }
      char kind = text.charAt(++i);
      switch (kind) {
        case 'r' -> bytes.append('\r');
        case 'n' -> bytes.append('\n');
        case 't' -> bytes.append('\t');
        case '0' -> bytes.append('\0');
        case '\\' -> bytes.append('\\');
        case 'x' -> {
          bytes.append((char) HexFormat.fromHexDigits(text, i + 1, i + 3));
          i += 2;
        }
        default -> throw new AssertionError("unknown escape \\" + kind + " in " + text);
      }
    }
    return bytes.toString();
  }
}
