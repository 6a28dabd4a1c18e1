package sallyport.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;

/**
 * Passes connections on to a peer that is told later, as a router in front does: for those who must
 * know a port before there is anybody behind it. Connections wait until there is.
 */
public final class Relay implements AutoCloseable {
  private final ServerSocket listening;
  private volatile CompletableFuture<InetSocketAddress> target = new CompletableFuture<>();

  private Relay(ServerSocket listening) {
    this.listening = listening;
  }

  public static Relay start() throws IOException {
    Relay relay = new Relay(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    Thread.ofVirtual().start(relay::accept);
    return relay;
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** From now on, connections wait. */
  public void hold() {
    target = new CompletableFuture<>();
  }

  /** From now on, and for those that wait. */
  public void passTo(InetSocketAddress peer) {
    target.complete(peer);
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listening.accept();
        CompletableFuture<InetSocketAddress> peer = target;
        Thread.ofVirtual().start(() -> pass(client, peer));
      }
    } catch (IOException closed) {
      // The end.
    }
  }

  private static void pass(Socket client, CompletableFuture<InetSocketAddress> peer) {
    try (client;
        Socket server = new Socket()) {
      server.connect(peer.join());
      Thread back = Thread.ofVirtual().start(() -> copy(server, client));
      copy(client, server);
      back.join();
    } catch (IOException refused) {
      // The client sees that.
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** What one says, to the other, up to its end. */
  private static void copy(Socket from, Socket to) {
    try (InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      in.transferTo(out);
    } catch (IOException cut) {
      // Both are closed by then.
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
