package sallyport.testkit;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;

/**
 * A backend that takes nothing but canonical HTTP/1.1, octet by octet, and writes down what came:
 * whole requests, and whatever is not one.
 */
public final class RawOrigin implements AutoCloseable {
  /** What arrived: a request, or with {@code fault} the reason why it is none. */
  public record Arrival(
      String method, String target, List<String> fields, String body, @Nullable String fault) {
    public List<String> all(String name) {
      return new HttpReader.Head("", fields).all(name);
    }
  }

  private static final Pattern REQUEST_LINE = Pattern.compile("([!-~]+) (/[!-~]*|\\*) HTTP/1\\.1");
  private static final Pattern FIELD =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+: ?([\\t -~\u0080-\u00ff]*)");

  private final SSLServerSocket server;
  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  private RawOrigin(SSLServerSocket server) {
    this.server = server;
  }

  public static RawOrigin start() {
    RawOrigin origin = new RawOrigin(TestPki.listen(TestPki.BACKEND, TestPki.BACK));
    Thread.ofVirtual().name("raw origin").start(origin::accept);
    return origin;
  }

  public String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** The next arrival; waits for it. */
  public Arrival take() throws InterruptedException {
    Arrival arrival = arrivals.poll(20, TimeUnit.SECONDS);
    if (arrival == null) {
      throw new AssertionError("nothing arrived");
    }
    return arrival;
  }

  /** What has arrived and was not taken. */
  public List<Arrival> drain() {
    List<Arrival> rest = new ArrayList<>();
    arrivals.drainTo(rest);
    return rest;
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = server.accept();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      Arrival arrival;
      while ((arrival = read(in)) != null) {
        arrivals.add(arrival);
        if (arrival.fault() != null) {
          return;
        }
        String body = arrival.method().equals("HEAD") ? "" : "ok";
        socket
            .getOutputStream()
            .write(
                ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + body)
                    .getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      // Cut in the middle of a request: nobody would have acted on it.
    } finally {
      sockets.remove(socket);
    }
  }

  private static @Nullable Arrival read(InputStream in) throws IOException {
    String line = line(in);
    if (line == null) {
      return null;
    }
    var start = REQUEST_LINE.matcher(line);
    if (!start.matches()) {
      return fault("request line '" + line + "'");
    }
    List<String> fields = new ArrayList<>();
    for (String field = required(in); !field.isEmpty(); field = required(in)) {
      if (!FIELD.matcher(field).matches()) {
        return fault("field '" + field + "'");
      }
      fields.add(field);
    }
    HttpReader.Head head = new HttpReader.Head(line, fields);
    List<String> lengths = head.all("content-length");
    List<String> codings = head.all("transfer-encoding");
    if (head.all("host").size() != 1
        || lengths.size() + codings.size() > 1
        || !codings.stream().allMatch("chunked"::equals)
        || !lengths.stream().allMatch(l -> l.matches("0|[1-9][0-9]{0,17}"))) {
      return fault("framing " + fields);
    }
    String body =
        codings.isEmpty()
            ? text(in, lengths.isEmpty() ? 0 : Integer.parseInt(lengths.getFirst()))
            : chunks(in);
    return body == null
        ? fault("chunks")
        : new Arrival(start.group(1), start.group(2), fields, body, null);
  }

  private static Arrival fault(String what) {
    return new Arrival("", "", List.of(), "", what);
  }

  private static @Nullable String chunks(InputStream in) throws IOException {
    StringBuilder body = new StringBuilder();
    for (String size = required(in); !size.equals("0"); size = required(in)) {
      if (!size.matches("[1-9a-f][0-9a-f]{0,7}")) {
        return null;
      }
      body.append(text(in, Integer.parseInt(size, 16)));
      if (!required(in).isEmpty()) {
        return null;
      }
    }
    for (String trailer = required(in); !trailer.isEmpty(); trailer = required(in)) {
      if (!FIELD.matcher(trailer).matches()) {
        return null;
      }
    }
    return body.toString();
  }

  private static String text(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new IOException("cut");
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static String required(InputStream in) throws IOException {
    String line = line(in);
    if (line == null) {
      throw new IOException("cut");
    }
    return line;
  }

  /** Up to CRLF; a CR or LF of its own is part of the line, and fails it. Null at the end. */
  private static @Nullable String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    int octet;
    while ((octet = in.read()) >= 0) {
      line.append((char) octet);
      int length = line.length();
      if (octet == '\n' && length > 1 && line.charAt(length - 2) == '\r') {
        return line.substring(0, length - 2);
      }
    }
    if (line.length() > 0) {
      throw new IOException("cut");
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
