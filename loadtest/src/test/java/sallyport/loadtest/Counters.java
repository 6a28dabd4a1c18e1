package sallyport.loadtest;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;

/** What the gateway's admin listener says at one moment, in the Prometheus text format. */
record Counters(String text) {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /**
   * Asks for them, and waits.
   *
   * @throws IllegalStateException when the admin listener does not answer
   */
  static Counters of(URI admin) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(metrics(admin)).timeout(TIMEOUT).build();
      return new Counters(client.send(request, BodyHandlers.ofString()).body());
    } catch (IOException e) {
      throw new IllegalStateException(
          "no metrics at %s: name the admin listener with -Dsallyport.admin, or leave the proof out with -Dsallyport.admin="
              .formatted(admin),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Where they are. */
  static URI metrics(URI admin) {
    return admin.resolve("/metrics");
  }

  /**
   * The sum of a metric over its series.
   *
   * @param tags those that a series must have, as {@code resumed="true"}
   * @return 0 where there is no such series
   */
  double sum(String metric, String... tags) {
    return text.lines()
        .filter(line -> line.startsWith(metric + "{") || line.startsWith(metric + " "))
        .filter(line -> List.of(tags).stream().allMatch(line::contains))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
