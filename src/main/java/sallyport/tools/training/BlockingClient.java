package sallyport.tools.training;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A client that blocks, with one connection: its own TLS library is not the gateway's. */
final class BlockingClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 30_000;

  /** Beginning of a request that the demo backend answers. */
  static final String HELLO = "GET /hello HTTP/1.1\r\nHost: localhost\r\n";

  private final Socket socket;
  private final InputStream in;

  private BlockingClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  /** Without TLS. */
  static BlockingClient plain(InetSocketAddress address) throws IOException {
    return new BlockingClient(connect(address));
  }

  /**
   * With TLS, as {@code localhost}; the handshake is done.
   *
   * @param version such as {@code TLSv1.3}, the only one that is offered
   * @param suites the only ones that are offered; none: all
   */
  static BlockingClient secure(
      InetSocketAddress address, SSLContext tls, String version, String... suites)
      throws IOException {
    var socket =
        (SSLSocket)
            tls.getSocketFactory()
                .createSocket(connect(address), "localhost", address.getPort(), true);
    try {
      socket.setEnabledProtocols(new String[] {version});
      if (suites.length > 0) {
        socket.setEnabledCipherSuites(suites);
      }
      socket.startHandshake();
    } catch (IOException refused) {
      socket.close();
      throw refused;
    }
    return new BlockingClient(socket);
  }

  private static Socket connect(InetSocketAddress address) throws IOException {
    var socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(address, PATIENCE_MILLIS);
    return socket;
  }

  /** Remembers no session of another one. */
  static SSLContext context(TrustManagerFactory trust) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /**
   * Sends this, and reads one response to its end.
   *
   * @return the status
   */
  int send(String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(US_ASCII));
    String status = line();
    if (status.length() < 12) {
      throw new IOException("no status line: '" + status + "'");
    }
    long length = 0;
    for (String field = line(); !field.isEmpty(); field = line()) {
      String lower = field.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Long.parseLong(lower.substring(15).strip());
      } else if (lower.startsWith("transfer-encoding:")) {
        in.transferTo(OutputStream.nullOutputStream());
      }
    }
    in.skipNBytes(length);
    return Integer.parseInt(status.substring(9, 12));
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
      line.append((char) next);
    }
    return line.toString().strip();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
