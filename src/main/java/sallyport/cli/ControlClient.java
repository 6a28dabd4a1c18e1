package sallyport.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import sallyport.config.address.BindAddress;
import sallyport.config.admin.AdminBind;

/**
 * Client of the control of a running gateway. It sends one request over a connection of its own, in
 * HTTP/1.1, with few classes to load. Used on the main thread.
 */
final class ControlClient {
  private static final int CONNECT_MILLIS = 2_000;
  private static final int LARGEST = 64 * 1024 * 1024;

  /**
   * Answer of a gateway.
   *
   * @param status of HTTP
   */
  record Answer(int status, String body) {}

  private final AdminBind bind;
  private final Duration patience;

  /**
   * @param bind where the gateway listens; loopback stands for a wildcard address
   * @param patience how long an answer may take
   */
  ControlClient(AdminBind bind, Duration patience) {
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
          socket.getOutputStream().write(request);
          yield parse(read(socket.getInputStream()));
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
