package sallyport.tools.demo;

import java.io.InputStream;
import java.util.Arrays;

/** So many bytes, all of them {@code x}, made as they are read. */
final class PatternStream extends InputStream {
  private long left;

  PatternStream(long bytes) {
    this.left = bytes;
  }

  @Override
  public int read() {
    if (left == 0) {
      return -1;
    }
    left--;
    return 'x';
  }

  @Override
  public int read(byte[] into, int offset, int length) {
    if (left == 0) {
      return -1;
    }
    int count = (int) Math.min(length, left);
    Arrays.fill(into, offset, offset + count, (byte) 'x');
    left -= count;
    return count;
  }

  /** All of them: Netty's ChunkedStream never takes more at a time than what this says. */
  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE - 1, left);
  }
}
