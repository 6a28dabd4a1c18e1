package sallyport.http.codec.h1;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.FastThreadLocal;
import sallyport.http.codec.HeaderFields;

/**
 * Writer of the field lines of an HTTP/1 head. Netty's encoder sets each name and each value in the
 * buffer separately; here they are collected in an array of the thread, and copied once.
 */
final class FieldLines {
  private static final int USUAL_SECTION = 4096;

  private static final FastThreadLocal<byte[]> SCRATCH =
      new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
          return new byte[USUAL_SECTION];
        }
      };

  private FieldLines() {}

  /** Writes {@code name: value} and CRLF for each field, in their order. */
  static void write(HttpHeaders headers, ByteBuf to) {
    HeaderFields fields = HeaderFields.of(headers);
    byte[] lines = SCRATCH.get();
    int end = 0;
    for (int i = 0; i < fields.size(); i++) {
      CharSequence name = fields.name(i);
      CharSequence value = fields.value(i);
      int length = name.length() + value.length() + 4;
      if (length > lines.length - end) {
        to.writeBytes(lines, 0, end);
        end = 0;
        if (length > lines.length) {
          lines = new byte[length];
        }
      }
      end = put(name, lines, end);
      lines[end++] = ':';
      lines[end++] = ' ';
      end = put(value, lines, end);
      lines[end++] = '\r';
      lines[end++] = '\n';
    }
    to.writeBytes(lines, 0, end);
  }

  private static int put(CharSequence text, byte[] to, int at) {
    int length = text.length();
    if (text instanceof AsciiString ascii) {
      System.arraycopy(ascii.array(), ascii.arrayOffset(), to, at, length);
    } else {
      for (int i = 0; i < length; i++) {
        char c = text.charAt(i);
        // Without its upper half, another character could become a line end.
        to[at + i] = c > 0xff ? (byte) '?' : (byte) c;
      }
    }
    return at + length;
  }
}
