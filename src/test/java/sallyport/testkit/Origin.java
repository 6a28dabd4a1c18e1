package sallyport.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import sallyport.tools.pki.CertificateAuthority;
import sallyport.tools.pki.Identity;

/**
 * A backend on the JDK's own TLS that writes whatever bytes a test wants. Demands a client
 * certificate. One virtual thread a connection; port 0.
 */
public final class Origin implements AutoCloseable {
  /** Answers a request. */
  @FunctionalInterface
  public interface Handler {
    void handle(Request request) throws IOException;
  }

  private final SSLServerSocket server;
  private final Handler handler;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger handshakeFailures = new AtomicInteger();
  private volatile boolean closed;
  private volatile boolean demandsCertificate = true;

  private Origin(SSLServerSocket server, Handler handler) {
    this.server = server;
    this.handler = handler;
  }

  /** As it should be: a good certificate, and only the gateway's authority trusted. */
  public static Origin start(Handler handler) {
    return start(TestPki.BACKEND, TestPki.BACK, handler);
  }

  public static Origin start(Identity identity, CertificateAuthority trusted, Handler handler) {
    return start(identity, trusted, handler, "TLSv1.3", "TLSv1.2");
  }

  public static Origin start(
      Identity identity, CertificateAuthority trusted, Handler handler, String... protocols) {
    SSLServerSocket server = TestPki.listen(identity, trusted);
    server.setEnabledProtocols(protocols);
    Origin origin = new Origin(server, handler);
    Thread.ofVirtual().name("origin").start(origin::accept);
    return origin;
  }

  /** At another loopback address, on a port that is in use at 127.0.0.1. */
  public static Origin startAt(String address, int port, Identity identity, Handler handler) {
    Origin origin = new Origin(TestPki.listen(address, port, identity, TestPki.BACK), handler);
    Thread.ofVirtual().name("origin").start(origin::accept);
    return origin;
  }

  /** Whether connections from now on are asked for a certificate; they are, unless told. */
  public void demandsCertificate(boolean demands) {
    demandsCertificate = demands;
  }

  public String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** What reached a handler, in order. */
  public List<Request> requests() {
    return requests;
  }

  /** Connections whose handshake succeeded. */
  public int connections() {
    return connections.get();
  }

  public int handshakeFailures() {
    return handshakeFailures.get();
  }

  private void accept() {
    while (!closed) {
      try {
        SSLSocket socket = (SSLSocket) server.accept();
        sockets.add(socket);
        Thread.ofVirtual().name("origin connection").start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(SSLSocket socket) {
    try (socket) {
      // Of the server socket, one that is being accepted already would not take it up.
      socket.setNeedClientAuth(demandsCertificate);
      socket.startHandshake();
      connections.incrementAndGet();
      HttpReader reader = new HttpReader(socket.getInputStream());
      HttpReader.Head head;
      while ((head = reader.readHead()) != null) {
        Request request = new Request(head, reader, socket);
        requests.add(request);
        handler.handle(request);
        if (socket.isClosed()) {
          return;
        }
      }
    } catch (SSLException e) {
      handshakeFailures.incrementAndGet();
    } catch (IOException e) {
      // The gateway closed it, or the test did.
    } finally {
      sockets.remove(socket);
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One request as it came, and the connection to answer on. */
  public static final class Request {
    private final HttpReader.Head head;
    private final HttpReader reader;
    private final SSLSocket socket;

    Request(HttpReader.Head head, HttpReader reader, SSLSocket socket) {
      this.head = head;
      this.reader = reader;
      this.socket = socket;
    }

    /** Such as {@code GET /x HTTP/1.1}. */
    public String line() {
      return head.start();
    }

    public List<String> all(String name) {
      return head.all(name);
    }

    public @Nullable String header(String name) {
      return head.first(name);
    }

    public List<String> fields() {
      return head.fields();
    }

    /** The connection that it came over, to tell it from others. */
    public Object connection() {
      return socket;
    }

    /** The certificate that the gateway showed. */
    public X509Certificate peer() {
      try {
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
      } catch (SSLPeerUnverifiedException e) {
        throw new AssertionError(e);
      }
    }

    /** Reads the whole body into memory. */
    public String body() throws IOException {
      return new String(reader.readBody(head, false).bytes(), StandardCharsets.UTF_8);
    }

    /** Reads the whole body, and gives what followed it. */
    public List<String> trailers() throws IOException {
      return reader.readBody(head, false).trailers();
    }

    /** The bytes that follow the head, framing and all. */
    public InputStream raw() throws IOException {
      return socket.getInputStream();
    }

    public String clientSubject() throws IOException {
      return TestPki.subject((X509Certificate) socket.getSession().getPeerCertificates()[0]);
    }

    public OutputStream out() throws IOException {
      return socket.getOutputStream();
    }

    /** Agrees to become a WebSocket (RFC 6455 section 4.2.2); what follows is raw. */
    public void agreeToWebSocket() throws IOException {
      write(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Accept: "
              + WebSocketAccept.of(String.valueOf(header("sec-websocket-key")))
              + "\r\n\r\n");
    }

    /** Writes these bytes as they are. */
    public void write(String text) throws IOException {
      out().write(text.getBytes(StandardCharsets.ISO_8859_1));
      out().flush();
    }

    /** Reads the body and answers with a length. */
    public void reply(int status, String text, String... fields) throws IOException {
      body();
      answer(status, text, fields);
    }

    /** Answers with a length, without looking at the body. */
    public void answer(int status, String text, String... fields) throws IOException {
      StringBuilder response = new StringBuilder("HTTP/1.1 " + status + " Status\r\n");
      for (String field : fields) {
        response.append(field).append("\r\n");
      }
      response.append("Content-Length: ").append(text.length()).append("\r\n\r\n").append(text);
      write(response.toString());
    }

    public void close() throws IOException {
      socket.close();
    }

    /** Says close_notify and leaves the socket open. */
    public void closeNotify() throws IOException {
      socket.shutdownOutput();
    }

    /** Waits until the gateway ends the connection. */
    public void awaitEnd() throws IOException {
      try {
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      } catch (SSLException cut) {
        // No close_notify of its own: an end all the same.
      }
    }
  }
}
