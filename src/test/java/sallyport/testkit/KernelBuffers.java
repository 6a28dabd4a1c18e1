package sallyport.testkit;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What the sockets of this machine may hold: the greatest sizes to which Linux tunes them. */
public final class KernelBuffers {
  private static final long GATEWAY = 1024 * 1024;

  private KernelBuffers() {}

  /**
   * Returns the greatest number of octets that can be on the way through a gateway, in one
   * direction: on each of two connections, the send buffer of one end and the receive buffer of the
   * other, and a mebibyte in the gateway.
   */
  public static long mostThroughTheGateway() {
    return 2 * (greatest("tcp_wmem") + greatest("tcp_rmem")) + GATEWAY;
  }

  /** The third number: the least, the default, the greatest. */
  private static long greatest(String setting) {
    // Such a file ends after the first read, whatever its length: one read has to take it all.
    try (InputStream file = new FileInputStream("/proc/sys/net/ipv4/" + setting)) {
      String line = new String(file.readAllBytes(), StandardCharsets.US_ASCII);
      return Long.parseLong(line.strip().split("\\s+", -1)[2]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
