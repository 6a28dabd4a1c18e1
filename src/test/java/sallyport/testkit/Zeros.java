package sallyport.testkit;

import java.io.InputStream;

/** A number of zero bytes, which are stored nowhere. */
public final class Zeros extends InputStream {
  private long left;

  public Zeros(long size) {
    this.left = size;
  }

  @Override
  public int read() {
    return left-- > 0 ? 0 : -1;
  }

  @Override
  public int read(byte[] into, int from, int length) {
    if (left <= 0) {
      return -1;
    }
    int count = (int) Math.min(left, length);
    left -= count;
    return count;
  }
}
