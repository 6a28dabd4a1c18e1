package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.during;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.rampUsers;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;

/**
 * Clients that keep their connections and ask again as soon as they have their answer: a closed
 * model, whose throughput is what the gateway, its backend and the generator can do together.
 */
public final class KeepAliveThroughput extends Simulation {
  private static final int CLIENTS = Settings.number("keepalive.clients", 16, 1, 10_000);
  private static final int DURATION = Settings.duration("keepalive.duration", 8, 3_600);
  private static final int P95 = Settings.p95("keepalive.p95", 1_000);
  private static final int LEAST = Settings.number("keepalive.least-rate", 10, 0, 1_000_000);

  private static final String NAME = "kept connection";

  /** Sets up the scenario; Gatling calls it. */
  public KeepAliveThroughput() {
    Target target = Target.fromProperties();
    Settings.boundConnections(CLIENTS);
    PopulationBuilder clients =
        scenario("KeepAliveThroughput")
            .exec(during(DURATION).on(http(NAME).get(target.path()).check(status().is(200))))
            .injectOpen(rampUsers(CLIENTS).during(1))
            .protocols(Clients.keepAlive(target.baseUrl()));
    setUp(
            Claim.counted(
                "requests came over kept connections",
                target,
                clients,
                (before, now) -> Handshakes.between(before, now).atMost(CLIENTS)))
        .assertions(
            global().failedRequests().count().is(0L),
            details(NAME).responseTime().percentile(95.0).lt(P95),
            details(NAME).requestsPerSec().gte((double) LEAST));
  }
}
