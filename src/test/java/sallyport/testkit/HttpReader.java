package sallyport.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads HTTP/1 from a stream, without opinions: lines as they came, bodies by their framing. */
final class HttpReader {
  private final InputStream in;

  HttpReader(InputStream in) {
    this.in = in;
  }

  /** A start line and the field lines; null at the end of the stream. */
  @Nullable Head readHead() throws IOException {
    String start = readLine();
    if (start == null) {
      return null;
    }
    List<String> fields = new ArrayList<>();
    String line;
    while ((line = readLine()) != null && !line.isEmpty()) {
      fields.add(line);
    }
    return new Head(start, fields);
  }

  record Head(String start, List<String> fields) {
    List<String> all(String name) {
      return fields.stream()
          .filter(f -> f.regionMatches(true, 0, name + ":", 0, name.length() + 1))
          .map(f -> f.substring(name.length() + 1).strip())
          .toList();
    }

    @Nullable String first(String name) {
      List<String> values = all(name);
      return values.isEmpty() ? null : values.getFirst();
    }

    boolean chunked() {
      return all("transfer-encoding").stream().anyMatch(v -> v.equalsIgnoreCase("chunked"));
    }

    long length() {
      String length = first("content-length");
      return length == null ? -1 : Long.parseLong(length);
    }
  }

  @Nullable String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int b;
    while ((b = in.read()) >= 0) {
      if (b == '\n') {
        return line.toString(StandardCharsets.ISO_8859_1);
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.size() == 0 ? null : line.toString(StandardCharsets.ISO_8859_1);
  }

  /** What a body came to. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Body(byte[] bytes, List<String> trailers) {}

  Body readBody(Head head, boolean untilClose) throws IOException {
    if (head.chunked()) {
      return readChunks();
    }
    long length = head.length();
    if (length >= 0) {
      byte[] bytes = in.readNBytes(Math.toIntExact(length));
      if (bytes.length < length) {
        throw new EOFException("the body ended after " + bytes.length + " of " + length + " bytes");
      }
      return new Body(bytes, List.of());
    }
    return new Body(untilClose ? in.readAllBytes() : new byte[0], List.of());
  }

  private Body readChunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      String line = readLine();
      if (line == null) {
        throw new EOFException("the body ended before its last chunk");
      }
      int size = Integer.parseInt(line.split(";", 2)[0].strip(), 16);
      if (size == 0) {
        break;
      }
      body.write(in.readNBytes(size));
      readLine();
    }
    List<String> trailers = new ArrayList<>();
    String line;
    while ((line = readLine()) != null && !line.isEmpty()) {
      trailers.add(line);
    }
    return new Body(body.toByteArray(), trailers);
  }
}
