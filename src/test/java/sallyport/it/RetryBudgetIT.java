package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.cluster.limit.RetryBudget;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawHttp2Origin;
import sallyport.testkit.Setup;

/** A backend that refuses every second attempt, before it has done anything (RFC 9113 8.7). */
class RetryBudgetIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** The attempts that the backend saw. */
  private final AtomicInteger attempts = new AtomicInteger();

  private void startWith(String settings) {
    RawHttp2Origin origin = gateway.closing(RawHttp2Origin.start(100));
    Thread served = Thread.ofVirtual().start(() -> serve(origin));
    gateway.closing((AutoCloseable) served::interrupt);
    gateway.start(Setup.to(origin.address()).backend("protocol = http2, " + settings));
  }

  private void serve(RawHttp2Origin origin) {
    try {
      while (true) {
        RawHttp2Origin.Held held = origin.take(1).getFirst();
        if (attempts.incrementAndGet() % 2 == 1) {
          held.refuse();
        } else {
          held.answer();
        }
      }
    } catch (IOException | InterruptedException over) {
      // The test has ended.
    }
  }

  private int status(HttpClient client) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(gateway.uri("/")).timeout(Duration.ofSeconds(30)).build(),
            BodyHandlers.discarding())
        .statusCode();
  }

  @ParameterizedTest
  @EnumSource(
      value = Version.class,
      names = {"HTTP_1_1", "HTTP_2"})
  void theLoadGrowsByNoMoreThanTheBudget(Version version) throws Exception {
    long begin = System.nanoTime();
    startWith("retries.budget = 10%");
    HttpClient client = gateway.client(version);
    int requests = 300;
    int served = 0;
    for (int i = 0; i < requests; i++) {
      int status = status(client);
      assertThat(status).isIn(204, 503);
      served += status == 204 ? 1 : 0;
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    int retries = attempts.get() - requests;
    assertThat((double) retries)
        .isLessThanOrEqualTo(
            requests * 0.1 + RetryBudget.LEAST + RetryBudget.LEAST_PER_SECOND * seconds);
    assertThat(retries).as("as long as there is a budget").isGreaterThanOrEqualTo(30);
    assertThat(gateway.metric("gateway_upstream_retries_total")).isEqualTo(retries);
    assertThat(gateway.metric("gateway_upstream_retries_denied_total"))
        .isEqualTo(requests - served)
        .isPositive();
    assertThat(gateway.access().awaitContaining("stream_refused"))
        .contains("\"status\":503", "\"attempts\":1");
  }

  @ParameterizedTest
  @EnumSource(
      value = Version.class,
      names = {"HTTP_1_1", "HTTP_2"})
  void withoutFurtherAttemptsAFailureIsTheAnswer(Version version) throws Exception {
    startWith("retries.attempts = 0");
    HttpClient client = gateway.client(version);
    assertThat(status(client)).isEqualTo(503);
    assertThat(status(client)).isEqualTo(204);
    assertThat(attempts).hasValue(2);
    assertThat(gateway.metric("gateway_upstream_retries_denied_total"))
        .as("no matter of the budget")
        .isZero();
  }
}
