package sallyport.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Clients that send one POST after the other over connections of their own, as long as a test
 * wants. Each request has a number of its own in its field {@code X-Number} and in its body, which
 * has to come back.
 */
public final class NumberedClients implements AutoCloseable {
  private final InetSocketAddress gateway;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final Queue<String> sent = new ConcurrentLinkedQueue<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;

  private NumberedClients(InetSocketAddress gateway) {
    this.gateway = gateway;
  }

  /** Begins, with so many connections. */
  public static NumberedClients start(InetSocketAddress gateway, int connections) {
    NumberedClients clients = new NumberedClients(gateway);
    for (int i = 0; i < connections; i++) {
      clients.threads.add(Thread.ofVirtual().start(clients::run));
    }
    return clients;
  }

  private void run() {
    RawClient client = null;
    try {
      while (!stopped) {
        if (client == null) {
          client = RawClient.tls(gateway);
        }
        client = post(client) ? client : closed(client);
      }
    } catch (IOException failed) {
      failures.add(failed.toString());
    } finally {
      closed(client);
    }
  }

  private static @Nullable RawClient closed(@Nullable RawClient client) {
    if (client != null) {
      client.close();
    }
    return null;
  }

  /** Returns whether the connection can be used again. */
  private boolean post(RawClient client) throws IOException {
    String number = Integer.toString(numbers.incrementAndGet());
    sent.add(number);
    RawClient.Response response =
        client
            .send(
                "POST / HTTP/1.1\r\nHost: localhost\r\nX-Number: %s\r\nContent-Length: %d\r\n\r\n%s"
                    .formatted(number, number.length(), number))
            .read();
    if (response.status() != 200 || !response.body().equals(number)) {
      failures.add(number + ": " + response.status() + " " + response.body());
      return false;
    }
    return response.header("connection") == null;
  }

  /**
   * Ends, with the answers to what has been sent.
   *
   * @return the numbers of all requests
   */
  public List<String> stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    return List.copyOf(sent);
  }

  /** Requests that were not answered as they should be. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
