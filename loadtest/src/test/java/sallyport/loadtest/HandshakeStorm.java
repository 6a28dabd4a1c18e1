package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.rampUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;

/**
 * Every request on a connection of its own, with a full TLS handshake: the most expensive way to
 * ask for little.
 */
public final class HandshakeStorm extends Simulation {
  private static final int RATE = Settings.number("storm.rate", 50, 1, 10_000);
  private static final int RAMP = Settings.seconds("storm.ramp", 2);
  private static final int DURATION = Settings.duration("storm.duration", 5, 3_600);
  private static final int P95 = Settings.p95("storm.p95", 5_000);

  private static final String NAME = "full handshake";

  /** Sets up the scenario; Gatling calls it. */
  public HandshakeStorm() {
    Target target = Target.fromProperties();
    double planned = RATE * (DURATION + RAMP / 2.0);
    Settings.boundConnections(planned);
    PopulationBuilder storm =
        scenario("HandshakeStorm")
            .exec(http(NAME).get(target.path()).check(status().is(200)))
            .injectOpen(
                rampUsersPerSec(1).to(RATE).during(RAMP),
                constantUsersPerSec(RATE).during(DURATION))
            .protocols(Clients.newConnections(target.baseUrl()));
    setUp(
            Claim.counted(
                "every handshake was full",
                target,
                storm,
                (before, now) -> Handshakes.between(before, now).allFull(RATE * DURATION)))
        .assertions(
            global().failedRequests().count().is(0L),
            details(NAME).responseTime().percentile(95.0).lt(P95));
  }
}
