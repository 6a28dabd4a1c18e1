package sallyport.loadtest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.SSLSocketFactory;

/**
 * One client that holds a connection for as long as it is let, at as little cost as it can. Blocks;
 * for a virtual thread.
 *
 * @param patience when it gives up, if nobody has cut it before
 * @param path what to ask for
 * @param downloadPath what to ask for and not take: more than the buffers on the way hold
 */
record SlowClient(
    Target target, SSLSocketFactory tls, Duration patience, String path, String downloadPath) {
  private static final int STEP_MILLIS = 500;
  private static final int SMALL_BUFFER = 4_096;

  /** The ways to be slow. */
  enum Kind {
    /** Connects, and says nothing. */
    SILENT,
    /** Sends the head of a request byte by byte. */
    DRIPPING_HEAD,
    /** Sends the body of a request byte by byte. */
    DRIPPING_BODY,
    /** Asks for much, and does not take it. */
    READING_NOTHING
  }

  /**
   * Is slow in one way, to the end.
   *
   * @return whether it was cut, rather than gave up
   */
  boolean isCut(Kind kind) {
    try (Socket plain = new Socket()) {
      plain.setReceiveBufferSize(SMALL_BUFFER);
      plain.connect(new InetSocketAddress(target.host(), target.port()));
      if (kind == Kind.SILENT) {
        return drips(plain, new byte[0]);
      }
      try (Socket socket = tls.createSocket(plain, target.host(), target.port(), true)) {
        return switch (kind) {
          case DRIPPING_HEAD -> drips(socket, head("GET", path, "X-Slow: " + "x".repeat(1_000)));
          case DRIPPING_BODY -> {
            send(socket, head("POST", path, "Content-Length: 1000000\r\n\r\n"));
            yield drips(socket, "x".repeat(1_000).getBytes(StandardCharsets.US_ASCII));
          }
          default -> {
            send(socket, head("GET", downloadPath, "\r\n"));
            yield endsEarly(socket);
          }
        };
      }
    } catch (IOException reset) {
      return true;
    }
  }

  private byte[] head(String method, String target, String rest) {
    return "%s %s HTTP/1.1\r\nHost: %s:%d\r\n%s"
        .formatted(method, target, this.target.host(), this.target.port(), rest)
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static void send(Socket socket, byte[] bytes) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(bytes);
    out.flush();
  }

  /**
   * A byte every half second, until an answer or an end comes: who is still sending gets neither.
   */
  private boolean drips(Socket socket, byte[] bytes) throws IOException {
    Instant end = Instant.now().plus(patience);
    socket.setSoTimeout(STEP_MILLIS);
    for (int i = 0; Instant.now().isBefore(end); i++) {
      if (i < bytes.length) {
        send(socket, new byte[] {bytes[i]});
      }
      try {
        socket.getInputStream().read();
        return true;
      } catch (SocketTimeoutException nothingYet) {
        // Go on.
      }
    }
    return false;
  }

  /**
   * Takes nothing while its patience lasts, then all that there is: cut, when that is not whole.
   */
  private boolean endsEarly(Socket socket) throws IOException {
    try {
      Thread.sleep(patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    socket.setSoTimeout((int) patience.toMillis());
    InputStream in = socket.getInputStream();
    String head = "";
    while (!head.endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        return true;
      }
      head += (char) next;
    }
    long announced =
        head.lines()
            .filter(line -> line.regionMatches(true, 0, "content-length:", 0, 15))
            .mapToLong(line -> Long.parseLong(line.substring(15).strip()))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException(downloadPath + " tells no length"));
    return in.transferTo(OutputStream.nullOutputStream()) < announced;
  }
}
