package sallyport.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between the gateway and a backend, and passes on all but the end of the backend's side: an
 * end that TLS or HTTP announces is then all that the gateway sees of it.
 */
public final class EndlessRelay implements AutoCloseable {
  private final ServerSocket listening;
  private final InetSocketAddress backend;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  private EndlessRelay(ServerSocket listening, InetSocketAddress backend) {
    this.listening = listening;
    this.backend = backend;
  }

  /**
   * @param backend as HOST:PORT
   */
  public static EndlessRelay to(String backend) {
    try {
      return on(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), backend);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For the connections that come from now on. */
  public static EndlessRelay on(ServerSocket listening, String backend) {
    int colon = backend.lastIndexOf(':');
    EndlessRelay relay =
        new EndlessRelay(
            listening,
            new InetSocketAddress(
                backend.substring(0, colon), Integer.parseInt(backend.substring(colon + 1))));
    Thread.ofVirtual().start(relay::accept);
    return relay;
  }

  public String address() {
    return "127.0.0.1:" + listening.getLocalPort();
  }

  /** Says this to the gateway on every connection, between what the backend says. */
  public void interject(byte[] bytes) throws IOException {
    for (Socket gateway : sockets) {
      gateway.getOutputStream().write(bytes);
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket gateway = listening.accept();
        sockets.add(gateway);
        Thread.ofVirtual().start(() -> pass(gateway));
      }
    } catch (IOException closed) {
      // The end of the test.
    }
  }

  private void pass(Socket gateway) {
    try (gateway;
        Socket server = new Socket()) {
      server.connect(backend);
      Thread.ofVirtual().start(() -> copy(server, gateway));
      copy(gateway, server);
    } catch (IOException refused) {
      // The gateway sees that.
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException cut) {
      // Of either.
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
