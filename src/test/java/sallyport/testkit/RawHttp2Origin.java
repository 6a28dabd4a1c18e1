package sallyport.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * An HTTP/2 backend, frame by frame: says how many streams it takes at a time, holds every request
 * until the test answers it, and counts its connections. Demands a client certificate.
 */
public final class RawHttp2Origin implements AutoCloseable {
  private static final short MAX_CONCURRENT_STREAMS = 3;
  private static final int REFUSED_STREAM = 7;

  /** A request that waits for its answer. */
  public static final class Held {
    private final RawHttp2 connection;
    private final int stream;

    private Held(RawHttp2 connection, int stream) {
      this.connection = connection;
      this.stream = stream;
    }

    /** What it came on. */
    public RawHttp2 connection() {
      return connection;
    }

    public int stream() {
      return stream;
    }

    /** Answers it with an empty 204. */
    public void answer() throws IOException {
      connection.respond(stream, "204");
    }

    /** Refuses it, before anything was done: RST_STREAM with REFUSED_STREAM. */
    public void refuse() throws IOException {
      connection.send(
          RawHttp2.RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(REFUSED_STREAM).array());
    }
  }

  private final SSLServerSocket server;
  private final int maxStreams;
  private final BlockingQueue<Held> held = new LinkedBlockingQueue<>();
  private final BlockingQueue<RawHttp2> connected = new LinkedBlockingQueue<>();
  private final BlockingQueue<RawHttp2> ended = new LinkedBlockingQueue<>();
  private final Set<SSLSocket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();

  private RawHttp2Origin(SSLServerSocket server, int maxStreams) {
    this.server = server;
    this.maxStreams = maxStreams;
  }

  /**
   * @param maxStreams SETTINGS_MAX_CONCURRENT_STREAMS of every connection
   */
  public static RawHttp2Origin start(int maxStreams) {
    return start(maxStreams, "TLSv1.3", "TLSv1.2");
  }

  public static RawHttp2Origin start(int maxStreams, String... versions) {
    SSLServerSocket server = TestPki.listen(TestPki.BACKEND, TestPki.BACK);
    server.setEnabledProtocols(versions);
    SSLParameters parameters = server.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    server.setSSLParameters(parameters);
    RawHttp2Origin origin = new RawHttp2Origin(server, maxStreams);
    Thread.ofVirtual().name("raw http2 origin").start(origin::accept);
    return origin;
  }

  public String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** Connections that were opened so far. */
  public int connections() {
    return connections.get();
  }

  /** Waits for this many requests to be held at the same time. */
  public List<Held> take(int count) throws InterruptedException {
    List<Held> taken = new ArrayList<>();
    while (taken.size() < count) {
      taken.add(waitFor(held));
    }
    return taken;
  }

  /** The next connection; its settings are out. */
  public RawHttp2 connection() throws InterruptedException {
    return waitFor(connected);
  }

  /** Waits until the gateway has ended a connection, or the test has. */
  public RawHttp2 ended() throws InterruptedException {
    return waitFor(ended);
  }

  private static <T> T waitFor(BlockingQueue<T> queue) throws InterruptedException {
    T next = queue.poll(20, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("nothing came");
    }
    return next;
  }

  /** SETTINGS with this many streams at a time (RFC 9113 section 6.5.2). */
  public static byte[] maxStreams(int count) {
    return ByteBuffer.allocate(6).putShort(MAX_CONCURRENT_STREAMS).putInt(count).array();
  }

  private void accept() {
    while (true) {
      try {
        SSLSocket socket = (SSLSocket) server.accept();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(SSLSocket socket) {
    try (RawHttp2 connection = RawHttp2.accept(socket)) {
      connections.incrementAndGet();
      connection.send(RawHttp2.SETTINGS, 0, 0, maxStreams(maxStreams));
      connected.add(connection);
      try {
        while (true) {
          RawHttp2.Frame frame = connection.readUntil(f -> f.type() == RawHttp2.HEADERS);
          connection.decode(frame);
          held.add(new Held(connection, frame.stream()));
        }
      } finally {
        ended.add(connection);
      }
    } catch (IOException closed) {
      // By the gateway, or by the test.
    } finally {
      sockets.remove(socket);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (SSLSocket socket : sockets) {
      socket.close();
    }
  }
}
