package sallyport.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import sallyport.tools.pki.CertificateAuthority;
import sallyport.tools.pki.Identity;

/**
 * A backend of TCP streams on the JDK's own TLS, which demands a client certificate. One virtual
 * thread a connection; port 0.
 */
public final class StreamPeer implements AutoCloseable {
  /** Serves one connection, which closes when it returns. */
  @FunctionalInterface
  public interface Handler {
    void serve(TlsStream stream, StreamPeer peer) throws Exception;
  }

  private final Listening server;
  private final SSLContext context;
  private final Handler handler;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

  private StreamPeer(Listening server, SSLContext context, Handler handler) {
    this.server = server;
    this.context = context;
    this.handler = handler;
  }

  public static StreamPeer start(Handler handler) {
    return start(TestPki.BACKEND, TestPki.BACK, handler);
  }

  public static StreamPeer start(Identity identity, CertificateAuthority trusted, Handler handler) {
    try {
      StreamPeer peer =
          new StreamPeer(new Listening(), TestPki.context(identity, trusted), handler);
      Thread.ofVirtual().name("stream peer").start(peer::accept);
      return peer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends back what it gets, and ends when the other side has ended. */
  public static StreamPeer echo() {
    return start((stream, peer) -> stream.in().transferTo(stream.out()));
  }

  public String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** Connections whose handshake succeeded. */
  public int connections() {
    return connections.get();
  }

  /** Notes something that a test waits for. */
  public void hear(String what) {
    heard.add(what);
  }

  /** Waits for the next note. */
  public String heard() throws InterruptedException {
    return String.valueOf(heard.poll(20, TimeUnit.SECONDS));
  }

  /** Resets all connections, without close_notify. */
  public void abort() throws IOException {
    for (Socket socket : sockets) {
      socket.setSoLinger(true, 0);
      socket.close();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        TlsStream.Tapped socket = server.accept();
        sockets.add(socket);
        Thread.ofVirtual().name("stream connection").start(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(TlsStream.Tapped socket) {
    try (TlsStream stream = TlsStream.accept(socket, context)) {
      connections.incrementAndGet();
      handler.serve(stream, this);
    } catch (Exception ended) {
      // The gateway closed it, or the test did.
    } finally {
      sockets.remove(socket);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Listens on loopback, on a free port. */
  private static final class Listening extends ServerSocket {
    Listening() throws IOException {
      super(0, 50, InetAddress.getLoopbackAddress());
    }

    @Override
    public TlsStream.Tapped accept() throws IOException {
      TlsStream.Tapped socket = new TlsStream.Tapped();
      implAccept(socket);
      return socket;
    }
  }
}
