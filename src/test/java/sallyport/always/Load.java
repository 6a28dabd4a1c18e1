package sallyport.always;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import sallyport.testkit.FaultyBackend;
import sallyport.testkit.RawClient;
import sallyport.testkit.TestPki;

/**
 * Steady load: so many requests a second come, whether or not earlier ones have their answers, as
 * long as not too many wait for theirs: a machine that is busy must not be overloaded. In turns
 * they are GETs and POSTs of HTTP/1.1 and HTTP/2 on connections that are kept, and on new
 * connections, which resume sessions. Each has a number of its own.
 */
final class Load implements AutoCloseable {
  private static final int PER_SECOND = 30;
  private static final int MOST_WAITING = 30;
  private static final int WARM_UP = 100;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final SSLContext CONTEXT = TestPki.context(null, TestPki.FRONT);

  /**
   * How a request went.
   *
   * @param problem empty where it got its 200
   */
  record Result(int number, boolean safe, String problem) {}

  private final InetSocketAddress gateway;
  private final int before;
  private final HttpClient http1 = client(Version.HTTP_1_1);
  private final HttpClient http2 = client(Version.HTTP_2);
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();

  // ---- guarded by this

  private final Map<Integer, Result> results = new HashMap<>();
  private int sent;

  /**
   * Starts it.
   *
   * @param before the number before that of the first request
   */
  Load(InetSocketAddress gateway, int before) {
    this.gateway = gateway;
    this.before = before;
    this.sent = before;
    clock.scheduleAtFixedRate(this::next, 0, 1000 / PER_SECOND, TimeUnit.MILLISECONDS);
  }

  /**
   * Sends requests one after the other: what starts cold cannot serve a load.
   *
   * @return the number of the last one
   */
  static int warmUp(InetSocketAddress gateway) throws IOException {
    for (int number = 1; number <= WARM_UP; number++) {
      onNew(gateway, number, true);
    }
    return WARM_UP;
  }

  private static HttpClient client(Version version) {
    return HttpClient.newBuilder().version(version).sslContext(CONTEXT).build();
  }

  private synchronized void next() {
    if (sent - before - results.size() == MOST_WAITING) {
      return;
    }
    int number = ++sent;
    requests.execute(() -> add(send(number)));
  }

  private synchronized void add(Result result) {
    results.put(result.number(), result);
    notifyAll();
  }

  private Result send(int number) {
    boolean safe = number % 2 == 0;
    try {
      int status =
          switch (number / 2 % 3) {
            case 0 -> onKept(http1, number, safe);
            case 1 -> onKept(http2, number, safe);
            default -> onNew(gateway, number, safe);
          };
      return new Result(number, safe, status == 200 ? "" : "status " + status);
    } catch (IOException e) {
      return new Result(number, safe, e.toString());
    } catch (InterruptedException e) {
      return new Result(number, safe, "given up");
    }
  }

  private int onKept(HttpClient client, int number, boolean safe)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://localhost:" + gateway.getPort() + "/"))
            .timeout(PATIENCE)
            .header(FaultyBackend.ID, String.valueOf(number));
    return client
        .send(
            safe ? request.build() : request.POST(BodyPublishers.ofString("abc")).build(),
            BodyHandlers.discarding())
        .statusCode();
  }

  private static int onNew(InetSocketAddress gateway, int number, boolean safe) throws IOException {
    try (RawClient client = RawClient.tls(gateway, CONTEXT, "localhost")) {
      String fields =
          "Host: localhost\r\nConnection: close\r\n" + FaultyBackend.ID + ": " + number + "\r\n";
      client.send(
          safe
              ? "GET / HTTP/1.1\r\n" + fields + "\r\n"
              : "POST / HTTP/1.1\r\n" + fields + "Content-Length: 3\r\n\r\nabc");
      return client.read().status();
    }
  }

  /** Returns once each of the next requests has its answer. */
  synchronized void await(int count) throws InterruptedException {
    int last = sent;
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!IntStream.rangeClosed(last + 1, last + count).allMatch(results::containsKey)) {
      TimeUnit.NANOSECONDS.timedWait(this, deadline - System.nanoTime());
      if (System.nanoTime() > deadline) {
        throw new AssertionError("no answers to " + (sent - before - results.size()) + " requests");
      }
    }
  }

  /** The number of the last request. */
  synchronized int sent() {
    return sent;
  }

  /** Requests that got no 200. */
  synchronized List<Result> failed() {
    return results.values().stream().filter(each -> !each.problem().isEmpty()).toList();
  }

  /** Sends no more, and returns once each request has its answer and each client is gone. */
  void stop() throws InterruptedException {
    clock.shutdown();
    clock.awaitTermination(20, TimeUnit.SECONDS);
    requests.shutdown();
    if (!requests.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("requests without an answer");
    }
    close();
  }

  @Override
  public void close() {
    clock.shutdownNow();
    requests.shutdownNow();
    http1.shutdownNow();
    http2.shutdownNow();
  }
}
