package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.responseTimeInMillis;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Function;

/**
 * Response times that a simulation compares with each other, which Gatling's assertions cannot.
 * Virtual users write at the same time.
 */
final class Latencies {
  private static final int MOST_MILLIS = 60_000;
  private static final String KEY = "milliseconds";

  private final Map<String, AtomicIntegerArray> counts = new ConcurrentHashMap<>();

  /** Sends a request, and notes its time under a name, unless it failed. */
  ChainBuilder measure(HttpRequestActionBuilder request, Function<Session, String> name) {
    return exec(request.check(responseTimeInMillis().saveAs(KEY)))
        .exec(
            session -> {
              if (session.contains(KEY)) {
                add(name.apply(session), session.getInt(KEY));
              }
              return session.remove(KEY);
            });
  }

  private void add(String name, int millis) {
    counts
        .computeIfAbsent(name, first -> new AtomicIntegerArray(MOST_MILLIS + 1))
        .incrementAndGet(Math.min(millis, MOST_MILLIS));
  }

  /**
   * A percentile in milliseconds.
   *
   * @throws IllegalStateException when there is nothing of that name
   */
  int percentile(String name, double percent) {
    AtomicIntegerArray histogram = counts.get(name);
    if (histogram == null) {
      throw new IllegalStateException("nothing was measured as " + name);
    }
    long total = 0;
    for (int i = 0; i <= MOST_MILLIS; i++) {
      total += histogram.get(i);
    }
    long wanted = (long) Math.ceil(total * percent / 100);
    int millis = 0;
    for (long seen = histogram.get(0); seen < wanted; seen += histogram.get(millis)) {
      millis++;
    }
    return millis;
  }
}
