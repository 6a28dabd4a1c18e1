package sallyport.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.BindAddress;
import sallyport.config.admin.AdminBind;

/**
 * Client of the control of a running gateway. It sends one request over a connection of its own, in
 * HTTP/1.1, with few classes to load. Used on the main thread.
 */
final class ControlClient {
  private static final int CONNECT_MILLIS = 2_000;

  /** How the JDK begins what it says of an alert. */
  private static final String ALERT = "Received fatal alert";

  private static final int LARGEST = 64 * 1024 * 1024;

  /**
   * Answer of a gateway.
   *
   * @param status of HTTP
   */
  record Answer(int status, String body) {}

  /** A gateway that answers and takes no order from this operator. The message is for people. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    RefusedException(String message, IOException cause) {
      super(message, cause);
    }
  }

  private final AdminBind bind;
  private final @Nullable ControlTls tls;
  private final Duration patience;

  /**
   * @param bind where the gateway listens; loopback stands for a wildcard address
   * @param tls null for a listener without TLS
   * @param patience how long an answer may take
   */
  ControlClient(AdminBind bind, @Nullable ControlTls tls, Duration patience) {
    this.tls = tls;
    this.bind =
        switch (bind) {
          case AdminBind.Unix socket -> socket;
          case AdminBind.Tcp(BindAddress address) ->
              new AdminBind.Tcp(
                  switch (address.host()) {
                    case "0.0.0.0" -> new BindAddress("127.0.0.1", address.port());
                    case "::" -> new BindAddress("::1", address.port());
                    default -> address;
                  });
        };
    this.patience = patience;
  }

  /** Returns the address that is asked. */
  AdminBind address() {
    return bind;
  }

  /**
   * Sends a request and returns its answer.
   *
   * @param target path and query, in printable ASCII
   * @throws RefusedException when a gateway does not accept the certificate, or wants one
   * @throws IOException when no gateway answers
   */
  Answer send(String method, String target) throws IOException {
    byte[] request =
        "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            .formatted(method, target)
            .getBytes(StandardCharsets.US_ASCII);
    return switch (bind) {
      case AdminBind.Tcp(BindAddress address) -> {
        try (Socket socket = new Socket()) {
          socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MILLIS);
          socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
          yield parse(
              tls == null ? exchange(socket, request) : secure(socket, address, tls, request));
        }
      }
      case AdminBind.Unix(Path path) -> {
        try (SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
          socket.connect(UnixDomainSocketAddress.of(path));
          closeInTime(socket);
          Channels.newOutputStream(socket).write(request);
          yield parse(read(Channels.newInputStream(socket)));
        }
      }
    };
  }

  private static String exchange(Socket socket, byte[] request) throws IOException {
    socket.getOutputStream().write(request);
    return read(socket.getInputStream());
  }

  private static String secure(Socket plain, BindAddress address, ControlTls tls, byte[] request)
      throws IOException {
    boolean secured = false;
    try (SSLSocket socket = tls.handshake(plain, address.host(), address.port())) {
      secured = true;
      return exchange(socket, request);
    } catch (SocketTimeoutException silent) {
      throw silent;
    } catch (IOException failed) {
      String message = String.valueOf(failed.getMessage());
      if (failed.getCause() instanceof CertificateException) {
        throw new IOException(
            "its certificate is not trusted: %s; see --ca, and --url for the name in it"
                .formatted(message),
            failed);
      }
      // Under TLS 1.3 the handshake is over here before the gateway has seen the certificate. A
      // connection that it resets may have lost its alert.
      if (secured || message.contains(ALERT)) {
        throw new RefusedException(refusal(tls.hasCertificate(), message), failed);
      }
      throw failed;
    }
  }

  private static String refusal(boolean hasCertificate, String message) {
    if (!hasCertificate) {
      return "it wants a certificate: give --certificate FILE and --key FILE (%s)"
          .formatted(message);
    }
    return message.contains(ALERT)
        ? "it does not accept the certificate: " + message
        : "it closed the connection (%s); its audit log has the reason".formatted(message);
  }

  /** Ends a wait for an answer: a Unix socket of the JDK has no time limit of its own. */
  private void closeInTime(SocketChannel socket) {
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                Thread.sleep(patience);
                socket.close();
              } catch (InterruptedException | IOException ended) {
                // Nothing waits for it any more.
              }
            });
  }

  /** Reads to the end: the gateway closes the connection behind its answer. */
  private static String read(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] part = new byte[16 * 1024];
    int length;
    while ((length = in.read(part)) >= 0) {
      all.write(part, 0, length);
      if (all.size() > LARGEST) {
        throw new IOException("the answer is too large");
      }
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  private static Answer parse(String answer) throws IOException {
    int body = answer.indexOf("\r\n\r\n");
    if (body < 0 || !answer.matches("(?s)HTTP/1\\.1 \\d{3} .*")) {
      throw new IOException("what answers there is no gateway");
    }
    return new Answer(Integer.parseInt(answer.substring(9, 12)), answer.substring(body + 4));
  }
}
