package sallyport.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Clients that send one POST after the other, over connections that they keep, and none twice. Each
 * request has a number of its own in its path. They follow the rules: a connection that says {@code
 * Connection: close} or GOAWAY is left, and the next one goes where new ones go. Only a stream that
 * GOAWAY says was not processed is sent again (RFC 9113 section 6.8).
 */
public final class SteadyClients implements AutoCloseable {
  /** Streams that each HTTP/2 client has open at a time. */
  private static final int STREAMS = 4;

  /** Streams that it still opens when it gets GOAWAY, as if they had crossed with it. */
  private static final int BEHIND_GOAWAY = 4;

  /** Clients that keep a connection; as many, since each is between two requests for a moment. */
  private static final int KEPT = 8;

  /** Clients that open a connection for each request. */
  private static final int ANEW = 2;

  private final Supplier<InetSocketAddress> target;
  private final Semaphore answered = new Semaphore(0);
  private final AtomicInteger numbers = new AtomicInteger();

  /** Requests of HTTP/2 that no gateway has processed. */
  private final Queue<String> unprocessed = new ConcurrentLinkedQueue<>();

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Future<?>> running = new ArrayList<>();
  private volatile CountDownLatch asked = new CountDownLatch(0);
  private volatile boolean over;

  /** Something that a client does again and again. */
  private interface Step {
    void run() throws IOException;
  }

  /**
   * Starts eight clients of HTTP/1.1 that keep their connections, two with one for each request,
   * and two of HTTP/2.
   *
   * @param target says where a new connection goes
   */
  public SteadyClients(Supplier<InetSocketAddress> target) {
    this.target = target;
    for (int i = 0; i < KEPT; i++) {
      repeat(this::keepAlive);
    }
    for (int i = 0; i < ANEW; i++) {
      repeat(new Anew()::run);
      repeat(this::http2);
    }
  }

  private void repeat(Step step) {
    running.add(
        threads.submit(
            () -> {
              while (!over) {
                step.run();
              }
              return step;
            }));
  }

  private String next() {
    return "/" + numbers.incrementAndGet();
  }

  private static boolean post(RawClient client, String path) throws IOException {
    client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi");
    RawClient.Response response = client.read();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(path);
    return response.header("connection") == null;
  }

  private void keepAlive() throws IOException {
    try (RawClient client = RawClient.tls(target.get())) {
      boolean open = true;
      while (open && !over) {
        open = post(client, next());
        answered.release();
      }
    }
  }

  private final class Anew {
    private CountDownLatch noted = asked;

    void run() throws IOException {
      CountDownLatch now = asked;
      InetSocketAddress address = target.get();
      if (!now.equals(noted)) {
        noted = now;
        now.countDown();
      }
      try (RawClient client = RawClient.tls(address)) {
        post(client, next());
        answered.release();
      }
    }
  }

  private void http2() throws IOException {
    try (RawHttp2 client = RawHttp2.connect(target.get())) {
      new Http2(client).run();
    }
  }

  /** One connection, until it has said GOAWAY and every stream has its answer. */
  private final class Http2 {
    private final RawHttp2 client;
    private final Map<Integer, String> open = new HashMap<>();
    private int stream = 1;
    private boolean left;

    Http2(RawHttp2 client) {
      this.client = client;
    }

    void run() throws IOException {
      for (int i = 0; i < STREAMS; i++) {
        post();
      }
      while (!open.isEmpty()) {
        RawHttp2.Frame frame;
        try {
          frame = client.read();
        } catch (EOFException ended) {
          throw new AssertionError("ended without answers to " + open, ended);
        }
        on(frame);
      }
    }

    private void post() throws IOException {
      if (left || over) {
        return;
      }
      String again = unprocessed.poll();
      String path = again == null ? next() : again;
      client.request(stream, "POST", path, false, Map.of());
      client.send(RawHttp2.DATA, RawHttp2.END_STREAM, stream, new byte[] {'h', 'i'});
      open.put(stream, path);
      stream += 2;
    }

    private void on(RawHttp2.Frame frame) throws IOException {
      switch (frame.type()) {
        case RawHttp2.HEADERS -> {
          assertThat(client.decode(frame).status()).hasToString("200");
          onEnd(frame);
        }
        case RawHttp2.DATA -> {
          if (frame.payload().length > 0) {
            byte[] increment = ByteBuffer.allocate(4).putInt(frame.payload().length).array();
            client.send(RawHttp2.WINDOW_UPDATE, 0, 0, increment);
          }
          onEnd(frame);
        }
        case RawHttp2.SETTINGS -> {
          if ((frame.flags() & 1) == 0) {
            client.send(RawHttp2.SETTINGS, 1, 0, new byte[0]);
          }
        }
        case RawHttp2.GOAWAY -> onGoAway(frame.number(0));
        case RawHttp2.RST_STREAM -> {
          String path = open.remove(frame.stream());
          if (path != null) {
            throw new AssertionError("reset: " + path + ", error " + frame.number(0));
          }
        }
        default -> {}
      }
    }

    private void onGoAway(int last) throws IOException {
      for (int i = 0; i < BEHIND_GOAWAY && last == Integer.MAX_VALUE; i++) {
        post();
      }
      left = true;
      for (int id : Set.copyOf(open.keySet())) {
        if (id > last) {
          unprocessed.add(open.remove(id));
        }
      }
    }

    private void onEnd(RawHttp2.Frame frame) throws IOException {
      if ((frame.flags() & RawHttp2.END_STREAM) != 0 && open.remove(frame.stream()) != null) {
        answered.release();
        post();
      }
    }
  }

  /** Waits until so many more requests have their answers. */
  public void awaitAnswers(int count) throws InterruptedException {
    answered.drainPermits();
    long patience = 30;
    while (!answered.tryAcquire(count, 1, TimeUnit.SECONDS)) {
      assertNoneFailed();
      assertThat(patience--).as("seconds left").isPositive();
    }
  }

  /** Waits until no new connection goes where they went before the call. */
  public void awaitTarget() throws InterruptedException {
    CountDownLatch next = new CountDownLatch(ANEW);
    asked = next;
    long patience = 30;
    while (!next.await(1, TimeUnit.SECONDS)) {
      assertNoneFailed();
      assertThat(patience--).as("seconds left").isPositive();
    }
  }

  private void assertNoneFailed() {
    for (Future<?> each : running) {
      if (each.state() == Future.State.FAILED) {
        throw new AssertionError(each.exceptionNow());
      }
    }
  }

  /**
   * Ends them all, and fails with the first request that failed.
   *
   * @return how many requests were answered
   */
  public int end() throws Exception {
    over = true;
    for (Future<?> each : running) {
      each.get(30, TimeUnit.SECONDS);
    }
    return numbers.get() - unprocessed.size();
  }

  @Override
  public void close() {
    over = true;
    threads.shutdownNow();
  }
}
