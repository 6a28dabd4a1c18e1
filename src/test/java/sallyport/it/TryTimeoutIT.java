package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.cluster.limit.RetryBudget;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawHttp2Origin;
import sallyport.testkit.Setup;

/** Endpoints that take requests and do not answer, beside one that does. */
class TryTimeoutIT {
  private static final String LONG = "ejection { base = 10m, longest = 10m }";

  /** Fewer than the streams of a connection. */
  private static final int AT_ONCE = 80;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin healthy() {
    return gateway.origin(r -> r.reply(200, "here"));
  }

  private static HttpRequest.Builder request(GatewayFixture gateway) {
    return HttpRequest.newBuilder(gateway.uri("/")).timeout(Duration.ofSeconds(60));
  }

  private HttpResponse<String> get() throws IOException, InterruptedException {
    return gateway.client(Version.HTTP_1_1).send(request(gateway).build(), BodyHandlers.ofString());
  }

  private double failures(String flag) {
    return gateway.metric("gateway_upstream_failures_total", "failure=\"" + flag + "\"");
  }

  /** The time of a response is so long that a test that needed it would not end. */
  @Test
  void aHungEndpointCostsFiveTriesAndNoRequest() throws Exception {
    Origin hung = gateway.origin(r -> {});
    gateway.start(
        Setup.to(hung, healthy())
            .route("response-timeout = 10m")
            .backend("retries.try-timeout = 200ms, " + LONG));
    for (int i = 0; i < 20; i++) {
      HttpResponse<String> response = get();
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEqualTo("here");
    }
    assertThat(failures("try_timeout")).isEqualTo(5);
    assertThat(hung.requests()).as("then it is ejected").hasSize(5);
    assertThat(gateway.metric("gateway_upstream_ejections_total", "reason=\"try_timeout\""))
        .isEqualTo(1);
    assertThat(gateway.metric("gateway_upstream_retries_total")).isEqualTo(5);
  }

  @Test
  void aHungStreamGivesWayToAnotherEndpoint() throws Exception {
    RawHttp2Origin hung = gateway.closing(RawHttp2Origin.start(100));
    gateway.start(
        Setup.to(hung.address(), healthy().address())
            .route("response-timeout = 10m")
            .backend("retries.try-timeout = 200ms, " + LONG));
    for (int i = 0; i < 20; i++) {
      assertThat(get().statusCode()).isEqualTo(200);
    }
    assertThat(failures("try_timeout")).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT"})
  void aRequestThatMayNotBeSentTwiceIsSentOnce(String method) throws Exception {
    Origin hung = gateway.origin(Origin.Request::body);
    Origin other = healthy();
    gateway.start(
        Setup.to(hung, other)
            .route("response-timeout = 1s")
            .backend("retries.try-timeout = 100ms, " + LONG));
    HttpResponse<String> response =
        gateway
            .client(Version.HTTP_1_1)
            .send(
                request(gateway).method(method, BodyPublishers.ofString("body")).build(),
                BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(504);
    assertThat(hung.requests()).hasSize(1);
    assertThat(other.requests()).isEmpty();
    assertThat(failures("response_timeout")).isEqualTo(1);
    assertThat(failures("try_timeout")).isZero();
  }

  /** Ejection is off, so that the budget alone bounds what retries add. */
  @Test
  void aBackendThatHangsHalfOfTheTimeGetsNoMoreThanTheBudget() throws Exception {
    AtomicInteger arrived = new AtomicInteger();
    Origin[] origins = new Origin[2];
    for (int i = 0; i < origins.length; i++) {
      origins[i] =
          gateway.origin(
              r -> {
                if (arrived.incrementAndGet() % 2 == 0) {
                  r.reply(200, "here");
                }
              });
    }
    long begin = System.nanoTime();
    gateway.start(
        Setup.to(origins)
            .route("response-timeout = 1s")
            .backend(
                "retries { try-timeout = 100ms, budget = 10% }, ejection.consecutive-failures = 0"));
    HttpClient client = gateway.client(Version.HTTP_2);
    int requests = 400;
    for (int sent = 0; sent < requests; sent += AT_ONCE) {
      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        answers.add(client.sendAsync(request(gateway).build(), BodyHandlers.ofString()));
      }
      for (CompletableFuture<HttpResponse<String>> answer : answers) {
        assertThat(answer.join().statusCode()).isIn(200, 504);
      }
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    double retries = gateway.metric("gateway_upstream_retries_total");
    assertThat(retries)
        .isLessThanOrEqualTo(
            requests * 0.1 + RetryBudget.LEAST + RetryBudget.LEAST_PER_SECOND * seconds);
    assertThat(retries).as("as long as there is a budget").isGreaterThanOrEqualTo(30);
    // An attempt may be given up before the backend has read it.
    assertThat((double) arrived.get()).isLessThanOrEqualTo(requests + retries);
    assertThat(gateway.metric("gateway_upstream_retries_denied_total")).isPositive();
  }
}
