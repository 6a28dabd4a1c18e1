package sallyport.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A client that sends whatever bytes a test wants. Waits at most 20 s for an answer. */
public final class RawClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 20_000;

  /** A response as it came. */
  public record Response(int status, List<String> fields, String body, List<String> trailers) {
    public List<String> all(String name) {
      return new HttpReader.Head("", fields).all(name);
    }

    public @Nullable String header(String name) {
      return new HttpReader.Head("", fields).first(name);
    }
  }

  private final Socket socket;
  private final PushbackInputStream in;
  private final HttpReader reader;

  private RawClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new PushbackInputStream(socket.getInputStream());
    this.reader = new HttpReader(in);
  }

  /** A connection without TLS. */
  public static RawClient plain(InetSocketAddress address) throws IOException {
    return new RawClient(connect(address));
  }

  /** A TLS connection that trusts the front authority. */
  public static RawClient tls(InetSocketAddress address) throws IOException {
    return tls(address, TestPki.context(null, TestPki.FRONT), "localhost");
  }

  /**
   * The same with another context; over these versions, or those of the JDK where there are none.
   */
  public static RawClient tls(
      InetSocketAddress address,
      SSLContext context,
      @Nullable String serverName,
      String... versions)
      throws IOException {
    SSLParameters parameters = new SSLParameters();
    if (versions.length > 0) {
      parameters.setProtocols(versions);
    }
    return new RawClient(handshake(address, context, serverName, parameters));
  }

  /** A TLS connection from another address of this machine: to the gateway, another source. */
  public static RawClient tlsFrom(String source, InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral(source), 0));
    return new RawClient(
        secure(connect(socket, address), address, TestPki.context(null, TestPki.FRONT)));
  }

  /** A TLS connection that begins with these characters before TLS. */
  public static RawClient tlsAfter(String preamble, InetSocketAddress address) throws IOException {
    Socket socket = connect(new Socket(), address);
    socket.getOutputStream().write(preamble.getBytes(StandardCharsets.ISO_8859_1));
    return new RawClient(secure(socket, address, TestPki.context(null, TestPki.FRONT)));
  }

  /** The same connection with TLS from now on. */
  public RawClient secure() throws IOException {
    InetSocketAddress address = (InetSocketAddress) socket.getRemoteSocketAddress();
    return new RawClient(secure(socket, address, TestPki.context(null, TestPki.FRONT)));
  }

  private static SSLSocket secure(Socket plain, InetSocketAddress address, SSLContext context)
      throws IOException {
    return handshake(plain, address, context, "localhost", new SSLParameters());
  }

  /** Only the handshake, with these versions and suites, or those of the JDK where null. */
  public static SSLSocket handshake(
      InetSocketAddress address,
      SSLContext context,
      @Nullable String serverName,
      SSLParameters parameters)
      throws IOException {
    return handshake(connect(address), address, context, serverName, parameters);
  }

  private static SSLSocket handshake(
      Socket plain,
      InetSocketAddress address,
      SSLContext context,
      @Nullable String serverName,
      SSLParameters parameters)
      throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(plain, serverName, address.getPort(), /* autoClose= */ true);
    if (serverName != null) {
      parameters.setServerNames(List.of(new SNIHostName(serverName)));
    }
    socket.setSSLParameters(parameters);
    try {
      socket.startHandshake();
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    return socket;
  }

  private static Socket connect(InetSocketAddress address) throws IOException {
    return connect(new Socket(), address);
  }

  private static Socket connect(Socket socket, InetSocketAddress address) throws IOException {
    socket.connect(address, TIMEOUT_MILLIS);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    return socket;
  }

  /** Sends these characters as bytes. */
  public RawClient send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
    return this;
  }

  public void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /** A request without a body. */
  public RawClient get(String path, String... fields) throws IOException {
    StringBuilder request = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n");
    for (String field : fields) {
      request.append(field).append("\r\n");
    }
    return send(request.append("\r\n").toString());
  }

  /**
   * The status of the answer to a GET, read whole; 0 where the connection ends, with an alert or
   * without, in place of its first octet. Half an answer fails, and so does none within the time.
   */
  public int status() throws IOException {
    int first;
    try {
      first = get("/").in.read();
    } catch (SocketTimeoutException silent) {
      throw silent;
    } catch (IOException refused) {
      return 0;
    }
    if (first < 0) {
      return 0;
    }
    in.unread(first);
    return read().status();
  }

  /** The next response, whole. */
  public Response read() throws IOException {
    return read(true);
  }

  /** The next response to a HEAD request. */
  public Response readWithoutBody() throws IOException {
    return read(false);
  }

  private Response read(boolean body) throws IOException {
    HttpReader.Head head = reader.readHead();
    if (head == null) {
      throw new IOException("closed without a response");
    }
    if (!head.start().startsWith("HTTP/1.1 ")) {
      throw new AssertionError("not HTTP/1.1 but '" + head.start() + "'");
    }
    int status = Integer.parseInt(head.start().split(" ", 3)[1]);
    boolean none = !body || status < 200 || status == 204 || status == 304;
    HttpReader.Body content =
        none
            ? new HttpReader.Body(new byte[0], List.of())
            : reader.readBody(head, /* untilClose= */ true);
    return new Response(
        status,
        head.fields(),
        new String(content.bytes(), StandardCharsets.UTF_8),
        content.trailers());
  }

  /** The head of the next response only. */
  public Response readHead() throws IOException {
    return read(false);
  }

  /** The bytes that follow. */
  public InputStream in() {
    return in;
  }

  /** Waits for the end of the stream. */
  public boolean isClosedByPeer() {
    try {
      return in.read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  public Socket socket() {
    return socket;
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
