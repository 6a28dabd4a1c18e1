package sallyport.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;

/** Responses of one connection of a {@link FaultyBackend}, and their faults. */
final class FaultyResponses {
  /** Between two octets of what drips, and before what is slow; shorter than any time limit. */
  private static final long INTERVAL_MILLIS = 100;

  private static final String BODY = FaultyBackend.BODY;
  private static final String HALF = BODY.substring(0, BODY.length() / 2);

  /** A field, and how many of it no response may have. */
  private static final String LARGE = "x".repeat(1000);

  private static final int MANY = 100;

  private static final int REFUSED_STREAM = 7;
  private static final int INTERNAL_ERROR = 2;

  /** Below TLS. */
  private final Socket socket;

  private final ScheduledExecutorService clock;

  FaultyResponses(Socket socket, ScheduledExecutorService clock) {
    this.socket = socket;
    this.clock = clock;
  }

  // ---- HTTP/1.1

  /** Answers one request, with this fault or none. */
  void http1(SSLSocket secured, Fault fault) throws IOException {
    OutputStream out = secured.getOutputStream();
    switch (fault) {
      case TAKES_REQUESTS_AND_HANGS -> hang(secured);
      case CLOSES_BEFORE_THE_HEAD -> cut();
      case RESETS_BEFORE_THE_HEAD -> reset();
      case CLOSES_WITHIN_THE_HEAD -> {
        write(out, "HTTP/1.1 200 OK\r\nContent-Le");
        cut();
      }
      case HANGS_WITHIN_THE_HEAD -> {
        write(out, "HTTP/1.1 200 OK\r\nContent-Le");
        hang(secured);
      }
      case DRIPS_THE_HEAD -> drip(out, head(200, BODY.length(), "X-Large: " + LARGE));
      case SENDS_AN_INVALID_HEAD -> write(out, "HTTP/1.1 OK 200\r\nContent-Length: 0\r\n\r\n");
      case SENDS_TOO_LARGE_A_HEAD ->
          write(
              out,
              head(200, 0, Collections.nCopies(MANY, "X-Large: " + LARGE).toArray(String[]::new)));
      case CLOSES_WITHIN_THE_BODY -> {
        write(out, head(200, BODY.length()) + HALF);
        cut();
      }
      case HANGS_WITHIN_THE_BODY -> {
        write(out, head(200, BODY.length()) + HALF);
        hang(secured);
      }
      case DRIPS_THE_BODY -> {
        write(out, head(200, BODY.length()));
        drip(out, BODY);
      }
      // And takes the next request.
      case ANNOUNCES_MORE_THAN_IT_SENDS -> write(out, head(200, 2 * BODY.length()) + BODY);
      case ANNOUNCES_LESS_THAN_IT_SENDS -> write(out, head(200, HALF.length()) + BODY);
      case ANSWERS_500 -> write(out, head(500, BODY.length()) + BODY);
      case IS_SLOW -> {
        after(() -> {});
        write(out, head(200, BODY.length()) + BODY);
      }
      default -> write(out, head(200, BODY.length()) + BODY);
    }
  }

  private static String head(int status, int length, String... fields) {
    return "HTTP/1.1 %d Status\r\nContent-Length: %d\r\n%s\r\n"
        .formatted(status, length, fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n");
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private void drip(OutputStream out, String text) throws IOException {
    for (int i = 0; i < text.length(); i++) {
      String octet = text.substring(i, i + 1);
      after(() -> write(out, octet));
    }
  }

  // ---- HTTP/2

  /** Answers one stream, with this fault or none. */
  void http2(RawHttp2 connection, int stream, Fault fault) throws IOException {
    switch (fault) {
      case TAKES_REQUESTS_AND_HANGS -> {}
      case CLOSES_BEFORE_THE_HEAD -> cut();
      case RESETS_BEFORE_THE_HEAD -> reset();
      case SENDS_TOO_LARGE_A_HEAD -> connection.respond(stream, "200", 0, "x-large", LARGE, MANY);
      case CLOSES_WITHIN_THE_BODY -> {
        begin(connection, stream, BODY.length(), HALF);
        cut();
      }
      case HANGS_WITHIN_THE_BODY -> begin(connection, stream, BODY.length(), HALF);
      case DRIPS_THE_BODY -> {
        begin(connection, stream, BODY.length(), "");
        for (int i = 0; i < BODY.length(); i++) {
          String octet = BODY.substring(i, i + 1);
          boolean last = i == BODY.length() - 1;
          after(() -> data(connection, stream, octet, last));
        }
      }
      case ANNOUNCES_MORE_THAN_IT_SENDS -> {
        begin(connection, stream, 2 * BODY.length(), HALF);
        data(connection, stream, HALF, true);
      }
      case ANNOUNCES_LESS_THAN_IT_SENDS -> {
        begin(connection, stream, HALF.length(), "");
        data(connection, stream, BODY, true);
      }
      case ANSWERS_500 -> {
        connection.respond(stream, "500", BODY.length());
        data(connection, stream, BODY, true);
      }
      case IS_SLOW -> after(() -> whole(connection, stream));
      case GOES_AWAY -> connection.send(RawHttp2.GOAWAY, 0, 0, new byte[8]);
      case REFUSES_STREAMS -> reset(connection, stream, REFUSED_STREAM);
      case RESETS_STREAMS -> reset(connection, stream, INTERNAL_ERROR);
      case RESETS_STREAMS_WITHIN_THE_BODY -> {
        begin(connection, stream, BODY.length(), HALF);
        reset(connection, stream, INTERNAL_ERROR);
      }
      default -> whole(connection, stream);
    }
  }

  private static void whole(RawHttp2 connection, int stream) throws IOException {
    begin(connection, stream, BODY.length(), HALF);
    data(connection, stream, BODY.substring(HALF.length()), true);
  }

  private static void begin(RawHttp2 connection, int stream, int length, String part)
      throws IOException {
    connection.respond(stream, "200", length);
    if (!part.isEmpty()) {
      data(connection, stream, part, false);
    }
  }

  private static void data(RawHttp2 connection, int stream, String text, boolean last)
      throws IOException {
    connection.send(
        RawHttp2.DATA,
        last ? RawHttp2.END_STREAM : 0,
        stream,
        text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void reset(RawHttp2 connection, int stream, int error) throws IOException {
    connection.send(RawHttp2.RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(error).array());
  }

  // ---- ends

  /** Ends TCP, without close_notify; what the gateway still says does not make it a RST. */
  private void cut() throws IOException {
    socket.shutdownOutput();
    socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    socket.close();
  }

  /** The same by RST. */
  private void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Says nothing more, until the gateway ends the connection. */
  private static void hang(SSLSocket secured) throws IOException {
    secured.getInputStream().transferTo(OutputStream.nullOutputStream());
  }

  /** Step that may fail. */
  private interface Step {
    void run() throws IOException;
  }

  /** Takes a step when the interval is over, by the clock. */
  private void after(Step step) throws IOException {
    CompletableFuture<Void> due = new CompletableFuture<>();
    clock.schedule(() -> due.complete(null), INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    try {
      due.join();
    } catch (CompletionException stopped) {
      throw new IOException(stopped);
    }
    step.run();
  }
}
