package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.during;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.rampUsers;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.httpConcurrentRequests;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.util.Collections;

/**
 * HTTP/2 clients with one connection each, and many streams on it at a time. Each asks once alone,
 * which tells it that the server speaks HTTP/2, and from then on in bundles.
 */
public final class Http2Streams extends Simulation {
  private static final int CLIENTS = Settings.number("http2.clients", 8, 1, 10_000);
  private static final int STREAMS = Settings.number("http2.streams", 16, 1, 100);
  private static final int DURATION = Settings.duration("http2.duration", 8, 3_600);
  private static final int P95 = Settings.p95("http2.p95", 2_000);

  private static final String NAME = "stream";

  /** Sets up the scenario; Gatling calls it. */
  public Http2Streams() {
    Target target = Target.fromProperties();
    Settings.boundConnections(CLIENTS);
    HttpRequestActionBuilder stream = http(NAME).get(target.path()).check(status().is(200));
    PopulationBuilder clients =
        scenario("Http2Streams")
            .exec(http("first stream").get(target.path()).check(status().is(200)))
            .exec(
                during(DURATION)
                    .on(exec(httpConcurrentRequests(Collections.nCopies(STREAMS, stream)))))
            .injectOpen(rampUsers(CLIENTS).during(1))
            .protocols(Clients.http2(target.baseUrl()));
    setUp(
            Claim.counted(
                "a client's streams shared one connection",
                target,
                clients,
                (before, now) -> Handshakes.between(before, now).atMost(CLIENTS)))
        .assertions(
            global().failedRequests().count().is(0L),
            details(NAME).responseTime().percentile(95.0).lt(P95));
  }
}
