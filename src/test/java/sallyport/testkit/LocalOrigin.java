package sallyport.testkit;

import io.netty.util.NetUtil;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * Backend that speaks plain HTTP/1.1 at a loopback address or a Unix socket. It answers each
 * request with octets of the test's own, and closes after those without a length.
 */
public final class LocalOrigin implements AutoCloseable {
  private static final String LENGTH = "content-length: ";

  private final ServerSocketChannel server;
  private final UnaryOperator<String> answers;
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();

  private LocalOrigin(ServerSocketChannel server, UnaryOperator<String> answers) {
    this.server = server;
    this.answers = answers;
  }

  /**
   * Starts one at a loopback address.
   *
   * @param host a literal one
   * @param answers returns a response for a request line
   */
  public static LocalOrigin at(String host, UnaryOperator<String> answers) throws IOException {
    return start(
        ServerSocketChannel.open(), new InetSocketAddress(InetAddress.ofLiteral(host), 0), answers);
  }

  /** Starts one at a Unix socket. */
  public static LocalOrigin at(Path path, UnaryOperator<String> answers) throws IOException {
    return start(
        ServerSocketChannel.open(StandardProtocolFamily.UNIX),
        UnixDomainSocketAddress.of(path),
        answers);
  }

  private static LocalOrigin start(
      ServerSocketChannel server, SocketAddress address, UnaryOperator<String> answers)
      throws IOException {
    LocalOrigin origin = new LocalOrigin(server.bind(address), answers);
    Thread.ofVirtual().name("local origin").start(origin::accept);
    return origin;
  }

  /** The answer 200 with this body. */
  public static String ok(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  /** Returns the address as a configuration has it. */
  public String address() {
    try {
      return switch (server.getLocalAddress()) {
        case UnixDomainSocketAddress unix -> "unix:" + unix.getPath();
        case InetSocketAddress tcp -> NetUtil.toSocketAddressString(tcp);
        default -> throw new IllegalStateException();
      };
    } catch (IOException closed) {
      throw new IllegalStateException(closed);
    }
  }

  /** Returns the head and the body of the next request. */
  public String take() throws InterruptedException {
    return Objects.requireNonNull(requests.poll(20, TimeUnit.SECONDS), "nothing arrived");
  }

  /** Returns whether no request has come that was not taken. */
  public boolean isIdle() {
    return requests.isEmpty();
  }

  /** Returns the number of connections so far. */
  public int connections() {
    return connections.get();
  }

  private void accept() {
    while (true) {
      try {
        SocketChannel connection = server.accept();
        open.add(connection);
        connections.incrementAndGet();
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(SocketChannel connection) {
    try (connection) {
      InputStream in = Channels.newInputStream(connection);
      OutputStream out = Channels.newOutputStream(connection);
      for (String request = read(in); !request.isEmpty(); request = read(in)) {
        requests.add(request);
        String answer = answers.apply(request.substring(0, request.indexOf('\r')));
        out.write(answer.getBytes(StandardCharsets.ISO_8859_1));
        if (!answer.contains("Content-Length")) {
          return;
        }
      }
    } catch (IOException cut) {
      // The test looks at what came.
    } finally {
      open.remove(connection);
    }
  }

  /** Returns a head and as much of a body as it announces; empty at the end. */
  private static String read(InputStream in) throws IOException {
    StringBuilder request = new StringBuilder();
    while (request.indexOf("\r\n\r\n") < 0) {
      int octet = in.read();
      if (octet < 0) {
        return "";
      }
      request.append((char) octet);
    }
    for (String field : request.toString().lines().toList()) {
      if (field.regionMatches(/* ignoreCase= */ true, 0, LENGTH, 0, LENGTH.length())) {
        int length = Integer.parseInt(field.substring(LENGTH.length()));
        request.append(new String(in.readNBytes(length), StandardCharsets.ISO_8859_1));
      }
    }
    return request.toString();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (SocketChannel connection : open) {
      connection.close();
    }
  }

  /**
   * Backend at a Unix socket, of which root has made the file and another user listens.
   *
   * @param process that serves
   */
  public record OfOtherUser(Process process) implements AutoCloseable {
    private static final String SERVER =
        """
        use Socket; use POSIX;
        my ($path, $user) = @ARGV;
        socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die $!;
        bind($s, sockaddr_un($path)) or die $!;
        POSIX::setuid($user) or die $!;
        listen($s, 5) or die $!;
        $| = 1; print "ready\\n";
        while (accept(my $c, $s)) {
          my $request = '';
          while ($request !~ /\\r\\n\\r\\n/) { sysread($c, $request, 4096, length $request) or last; }
          print "request\\n" if length $request;
          syswrite($c, "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok");
          close($c);
        }
        """;

    /** Starts one; root alone can. */
    public static OfOtherUser start(Path path, int user) throws IOException {
      Peers.demand("perl");
      Process process =
          new ProcessBuilder("perl", "-e", SERVER, path.toString(), String.valueOf(user))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
      if (!"ready".equals(out.readLine())) {
        throw new IOException("the endpoint did not start");
      }
      return new OfOtherUser(process);
    }

    @Override
    public void close() throws InterruptedException {
      process.destroy();
      process.waitFor();
    }
  }
}
