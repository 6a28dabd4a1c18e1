package sallyport.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;

/**
 * A port of the loopback that is bound and not listened on: connections to it are refused, and the
 * kernel gives it to no other process. A server that sets SO_REUSEADDR, as Netty, Go and the JDK
 * do, can bind the same port and listen there; the port is then known before its server starts,
 * with no moment at which another process could take it.
 */
public final class HeldPort implements AutoCloseable {
  private static final int TRIES = 20;

  private final Socket socket = new Socket();

  private HeldPort(String address, int port) throws IOException {
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), port));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  public static HeldPort hold() {
    try {
      return new HeldPort("127.0.0.1", 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Holds the port of a server at a second address too. Another socket can have it there: the
   * kernel chose it for the first address alone. The server is then closed, and the next is tried.
   *
   * @param port of a server
   */
  public static <S extends AutoCloseable> Held<S> holdToo(
      String address, Callable<S> start, ToIntFunction<S> port) {
    try {
      for (int i = 0; ; i++) {
        S server = start.call();
        try {
          return new Held<>(server, new HeldPort(address, port.applyAsInt(server)));
        } catch (BindException inUse) {
          server.close();
          if (i == TRIES) {
            throw inUse;
          }
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException("no port is free at " + address + " too", e);
    }
  }

  /** A server, and its port at another address. */
  public record Held<S>(S server, HeldPort port) {}

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
