package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.Setup;

/** Requests over the limits of a backend, which get 503 while others are still being served. */
class BackendLimitsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final Semaphore arrived = new Semaphore(0);
  private final Semaphore answers = new Semaphore(0);

  /** Holds every request until the test permits an answer. */
  private Origin holding() {
    return gateway.origin(
        r -> {
          arrived.release();
          answers.acquireUninterruptibly();
          r.reply(200, "served");
        });
  }

  private void awaitArrived(int count) throws InterruptedException {
    assertThat(arrived.tryAcquire(count, 20, TimeUnit.SECONDS)).isTrue();
  }

  private CompletableFuture<HttpResponse<String>> ask(HttpClient client, String path) {
    return client.sendAsync(
        HttpRequest.newBuilder(gateway.uri(path)).timeout(Duration.ofSeconds(30)).build(),
        BodyHandlers.ofString());
  }

  private void assertRefused(HttpResponse<String> response, Version version, String failure) {
    assertThat(response.version()).isEqualTo(version);
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("retry-after")).hasValue("1");
    assertThat(gateway.access().awaitContaining(failure))
        .contains("\"status\":503", "\"failure\":\"" + failure + "\"", "\"backend\":\"app\"");
    gateway.awaitMetric(
        1, "gateway_downstream_exchange_failures_total", "failure=\"" + failure + "\"");
  }

  @ParameterizedTest
  @EnumSource(
      value = Version.class,
      names = {"HTTP_1_1", "HTTP_2"})
  void overTheLimitOfRequestsInFlightTheAnswerIs503(Version version) throws Exception {
    gateway.start(Setup.to(holding(), holding()).backend("limits.max-requests = 2"));
    HttpClient client = gateway.client(version);
    CompletableFuture<HttpResponse<String>> first = ask(client, "/first");
    CompletableFuture<HttpResponse<String>> second = ask(client, "/second");
    awaitArrived(2);
    assertRefused(ask(client, "/third").get(), version, "request_limit");
    answers.release(3);
    assertThat(first.get().body()).isEqualTo("served");
    assertThat(second.get().body()).isEqualTo("served");
    assertThat(ask(client, "/fourth").get().statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @EnumSource(
      value = Version.class,
      names = {"HTTP_1_1", "HTTP_2"})
  void overTheLimitOfRequestsThatWaitTheAnswerIs503(Version version) throws Exception {
    gateway.start(
        Setup.to(holding())
            .backend(
                "protocol = http1, pool.max-connections = 1, limits.max-waiting = 1,"
                    + " connect-timeout = 5m"));
    HttpClient client = gateway.client(version);
    CompletableFuture<HttpResponse<String>> first = ask(client, "/first");
    awaitArrived(1);
    CompletableFuture<HttpResponse<String>> second = ask(client, "/second");
    gateway.awaitMetric(1, "gateway_upstream_requests_waiting", "backend=\"app\"");
    assertRefused(ask(client, "/third").get(), version, "waiting_limit");
    gateway.awaitMetric(1, "gateway_upstream_failures_total", "failure=\"waiting_limit\"");
    answers.release(3);
    assertThat(first.get().body()).isEqualTo("served");
    assertThat(second.get().body()).as("has waited").isEqualTo("served");
    gateway.awaitMetric(0, "gateway_upstream_requests_waiting", "backend=\"app\"");
    assertThat(ask(client, "/fourth").get().statusCode()).isEqualTo(200);
  }
}
