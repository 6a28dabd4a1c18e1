package sallyport.testkit;

import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.Identity;

/**
 * Backend over mutual TLS with a fault that the test changes while it runs. It speaks HTTP/1.1 or
 * HTTP/2, and counts the connections and the requests that it saw, by the identifiers that clients
 * gave them. One virtual thread a connection; its port stays its own while it refuses connections.
 */
public final class FaultyBackend implements AutoCloseable {
  /** Field in which a client says which request it is. */
  public static final String ID = "Test-Id";

  /** What a response has that is as it should be. */
  public static final String BODY = "0123456789";

  /** What it speaks, by ALPN (RFC 7301). */
  public enum Protocol {
    HTTP1("http/1.1"),
    HTTP2("h2");

    private final String name;

    Protocol(String name) {
      this.name = name;
    }
  }

  /**
   * A request whose head and body arrived whole.
   *
   * @param id what the client called it; empty where it did not
   */
  public record Received(String method, String id) {}

  /** One of so many has the fault. */
  private record Chosen(Fault fault, int of, AtomicInteger turn) {
    Fault next(Fault.Stage stage) {
      return fault.is(stage) && turn.getAndIncrement() % of == 0 ? fault : Fault.NONE;
    }
  }

  private static final Identity OTHER_NAME = issue("other", "another.internal", 90);
  private static final Identity EXPIRED = issue("expired", "legacy.internal", -1);
  private static final Identity OTHER_AUTHORITY =
      TestPki.STRANGERS.issue(
          CertificateRequest.of("backend").dns("legacy.internal").usage(SERVER_AUTH));

  /** Of each certificate, and of what clients may show. */
  private static final Map<Fault, SSLContext> CONTEXTS =
      Map.of(
          Fault.NONE, TestPki.context(TestPki.BACKEND, TestPki.BACK),
          Fault.SHOWS_ANOTHER_NAME, TestPki.context(OTHER_NAME, TestPki.BACK),
          Fault.SHOWS_AN_EXPIRED_CERTIFICATE, TestPki.context(EXPIRED, TestPki.BACK),
          Fault.SHOWS_ANOTHER_AUTHORITY, TestPki.context(OTHER_AUTHORITY, TestPki.BACK),
          Fault.TRUSTS_ANOTHER_AUTHORITY, TestPki.context(TestPki.BACKEND, TestPki.STRANGERS));

  private final Protocol protocol;
  private final HeldPort port = HeldPort.hold();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory());
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile Chosen chosen = new Chosen(Fault.NONE, 1, new AtomicInteger());
  private @Nullable ServerSocket listening;

  private FaultyBackend(Protocol protocol) {
    this.protocol = protocol;
    listen();
  }

  private static Identity issue(String name, String dns, int days) {
    Instant now = Instant.now();
    return TestPki.BACK.issue(
        CertificateRequest.of(name)
            .dns(dns)
            .usage(SERVER_AUTH)
            .valid(now.minus(9, ChronoUnit.DAYS), now.plus(days, ChronoUnit.DAYS)));
  }

  /** Starts one that is as it should be. */
  public static FaultyBackend start(Protocol protocol) {
    return new FaultyBackend(protocol);
  }

  public String address() {
    return port.address();
  }

  // ---- faults

  /** From now on, each connection or each response has this fault. */
  public void set(Fault fault) {
    set(fault, 1);
  }

  /**
   * From now on, one of so many connections, or responses, has this fault, the first one first. A
   * fault of connections ends those that are open, which would hide it, as a process does that is
   * started again.
   */
  public synchronized void set(Fault fault, int of) {
    chosen = new Chosen(fault, of, new AtomicInteger());
    if (fault.is(Fault.Stage.CONNECTION)) {
      sockets.forEach(FaultyBackend::end);
    }
    if (fault == Fault.REFUSES_CONNECTIONS) {
      stopListening();
    } else {
      listen();
    }
  }

  // ---- what it saw

  /** Connections that it accepted, whatever became of them. */
  public int connections() {
    return connections.get();
  }

  /** Requests that it saw, in order. */
  public List<Received> received() {
    return List.copyOf(received);
  }

  /** The identifiers that one of these backends, or two, saw more than once with this method. */
  public static Set<String> repeated(String method, FaultyBackend... backends) {
    return Arrays.stream(backends)
        .flatMap(backend -> backend.received.stream())
        .filter(request -> request.method().equals(method) && !request.id().isEmpty())
        .collect(Collectors.groupingBy(Received::id, Collectors.counting()))
        .entrySet()
        .stream()
        .filter(entry -> entry.getValue() > 1)
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  // ---- connections

  private synchronized void listen() {
    if (listening == null) {
      try {
        ServerSocket server =
            new ServerSocket(port.number(), 200, InetAddress.getLoopbackAddress());
        listening = server;
        Thread.ofVirtual().name("faulty backend").start(() -> accept(server));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private synchronized void stopListening() {
    ServerSocket server = listening;
    listening = null;
    if (server != null) {
      try {
        server.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void accept(ServerSocket server) {
    while (true) {
      try {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        sockets.add(socket);
        connections.incrementAndGet();
        Thread.ofVirtual().name("faulty connection").start(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      Fault fault = chosen.next(Fault.Stage.CONNECTION);
      switch (fault) {
        case ACCEPTS_AND_HANGS -> awaitEnd(socket);
        case HANGS_IN_THE_HANDSHAKE -> {
          hello(socket);
          socket.getOutputStream().write(new byte[] {22, 3, 3, 0, 122});
          awaitEnd(socket);
        }
        case CLOSES_IN_THE_HANDSHAKE -> hello(socket);
        default -> respond(socket, secure(socket, fault));
      }
    } catch (IOException e) {
      // The gateway ended it, or the fault, or the test.
    } finally {
      sockets.remove(socket);
    }
  }

  /** Reads the first message of a client. */
  private static void hello(Socket socket) throws IOException {
    byte[] header = socket.getInputStream().readNBytes(5);
    socket.getInputStream().readNBytes(((header[3] & 0xff) << 8) | (header[4] & 0xff));
  }

  private SSLSocket secure(Socket socket, Fault fault) throws IOException {
    SSLContext context = CONTEXTS.getOrDefault(fault, CONTEXTS.get(Fault.NONE));
    SSLSocket secured =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(socket, /* consumed= */ null, /* autoClose= */ true);
    SSLParameters parameters = secured.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {protocol.name});
    parameters.setNeedClientAuth(fault != Fault.ASKS_FOR_NO_CERTIFICATE);
    secured.setSSLParameters(parameters);
    secured.startHandshake();
    return secured;
  }

  private void respond(Socket socket, SSLSocket secured) throws IOException {
    FaultyResponses responses = new FaultyResponses(socket, clock);
    switch (protocol) {
      case HTTP1 -> respondHttp1(secured, responses);
      case HTTP2 -> respondHttp2(secured, responses);
    }
  }

  private void respondHttp1(SSLSocket secured, FaultyResponses responses) throws IOException {
    HttpReader reader = new HttpReader(secured.getInputStream());
    HttpReader.Head head;
    while ((head = reader.readHead()) != null) {
      reader.readBody(head, false);
      String id = head.first(ID);
      received.add(new Received(head.start().split(" ", 2)[0], id == null ? "" : id));
      responses.http1(secured, chosen.next(Fault.Stage.RESPONSE));
    }
  }

  private void respondHttp2(SSLSocket secured, FaultyResponses responses) throws IOException {
    RawHttp2 connection = RawHttp2.accept(secured);
    connection.send(RawHttp2.SETTINGS, 0, 0, RawHttp2Origin.maxStreams(100));
    Map<Integer, Received> open = new HashMap<>();
    while (true) {
      RawHttp2.Frame frame = connection.read();
      if (frame.type() == RawHttp2.HEADERS && !open.containsKey(frame.stream())) {
        var head = connection.decode(frame);
        CharSequence id = head.get("test-id");
        open.put(
            frame.stream(),
            new Received(String.valueOf(head.method()), id == null ? "" : id.toString()));
      }
      boolean ends = (frame.flags() & RawHttp2.END_STREAM) != 0;
      if (ends && (frame.type() == RawHttp2.HEADERS || frame.type() == RawHttp2.DATA)) {
        received.add(open.remove(frame.stream()));
        responses.http2(connection, frame.stream(), chosen.next(Fault.Stage.RESPONSE));
      }
    }
  }

  /** Returns once the gateway has ended the connection, or the test has. */
  private static void awaitEnd(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    in.transferTo(OutputStream.nullOutputStream());
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    stopListening();
    sockets.forEach(FaultyBackend::end);
    clock.shutdownNow();
    port.close();
  }
}
