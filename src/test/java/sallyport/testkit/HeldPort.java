package sallyport.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A port of the loopback that is bound and not listened on: connections to it are refused, and the
 * kernel gives it to no other process. A server that sets SO_REUSEADDR, as Netty, Go and the JDK
 * do, can bind the same port and listen there; the port is then known before its server starts,
 * with no moment at which another process could take it.
 */
public final class HeldPort implements AutoCloseable {
  private final Socket socket = new Socket();

  private HeldPort() throws IOException {
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
  }

  public static HeldPort hold() {
    try {
      return new HeldPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int number() {
    return socket.getLocalPort();
  }

  /** As an endpoint of a configuration. */
  public String address() {
    return "127.0.0.1:" + number();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
