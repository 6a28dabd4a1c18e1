package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.nothingFor;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;

/**
 * Every request on a connection of its own, which resumes a session: one client comes first, and
 * the tickets that it gets, and each after it, let the others resume.
 */
public final class ResumedHandshakes extends Simulation {
  private static final int RATE = Settings.number("resumed.rate", 50, 1, 10_000);
  private static final int DURATION = Settings.duration("resumed.duration", 8, 3_600);
  private static final int P95 = Settings.p95("resumed.p95", 2_000);
  private static final int SHARE = Settings.percent("resumed.share", 90);

  private static final String NAME = "resumed handshake";

  /** Sets up the scenario; Gatling calls it. */
  public ResumedHandshakes() {
    Target target = Target.fromProperties();
    int planned = RATE * DURATION;
    Settings.boundConnections(planned);
    PopulationBuilder clients =
        scenario("ResumedHandshakes")
            .exec(http(NAME).get(target.path()).check(status().is(200)))
            .injectOpen(atOnceUsers(1), nothingFor(1), constantUsersPerSec(RATE).during(DURATION))
            .protocols(Clients.resuming(target.baseUrl()));
    setUp(
            Claim.counted(
                SHARE + "% of the handshakes were resumed",
                target,
                clients,
                (before, now) -> Handshakes.between(before, now).mostlyResumed(planned, SHARE)))
        .assertions(
            global().failedRequests().count().is(0L),
            details(NAME).responseTime().percentile(95.0).lt(P95));
  }
}
