package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.during;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.rampUsers;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The same moderate load for long: connections that are kept and connections that come and go.
 * Nothing may fail, and the gateway may not grow: what its heap keeps after a collection, what its
 * buffers hold, and its open files, in the last third against the first.
 */
public final class Soak extends Simulation {
  private static final int DURATION = Settings.duration("soak.duration", 20, 86_400);
  private static final int RATE = Settings.number("soak.rate", 20, 1, 5_000);
  private static final int CLIENTS = Settings.number("soak.clients", 10, 1, 5_000);
  private static final int P95 = Settings.p95("soak.p95", 2_000);
  private static final int GROWTH_MIB = Settings.number("soak.growth", 64, 0, 65_536);
  private static final int MORE_FILES = Settings.number("soak.files", 64, 0, 65_536);

  private static final String NEW = "new connection";
  private static final String KEPT = "kept connection";

  private final Target target = Target.fromProperties();

  /** Sets up the scenarios; Gatling calls it. */
  public Soak() {
    Settings.boundConnections(CLIENTS + RATE * (double) DURATION);
    List<PopulationBuilder> load = new ArrayList<>();
    load.add(
        scenario("Soak")
            .exec(
                during(DURATION)
                    .on(
                        http(KEPT).get(target.path()).check(status().is(200)),
                        pause(Duration.ofMillis(50), Duration.ofMillis(150))))
            .injectOpen(rampUsers(CLIENTS).during(1))
            .protocols(Clients.keepAlive(target.baseUrl())));
    load.add(
        scenario("visitors")
            .exec(http(NEW).get(target.path()).check(status().is(200)))
            .injectOpen(constantUsersPerSec(RATE).during(DURATION))
            .protocols(Clients.newConnections(target.baseUrl())));
    target.admin().ifPresent(admin -> load.add(watched(admin)));
    setUp(load)
        .assertions(
            global().failedRequests().count().is(0L),
            details(NEW).responseTime().percentile(95.0).lt(P95),
            details(KEPT).responseTime().percentile(95.0).lt(P95));
  }

  /** Reads the gateway's counters at least thirty times, at most once every ten seconds. */
  private PopulationBuilder watched(URI admin) {
    var memory = new Memory();
    Duration step = Duration.ofMillis(Math.min(10_000, DURATION * 1_000L / 60));
    PopulationBuilder watch =
        scenario("memory")
            .exec(
                during(DURATION)
                    .on(
                        http("memory")
                            .get(Counters.metrics(admin).toString())
                            .check(status().is(200))
                            .check(bodyString().saveAs("metrics")),
                        exec(
                            session -> {
                              memory.add(new Counters(session.getString("metrics")));
                              return session.remove("metrics");
                            }),
                        pause(step)))
            .injectOpen(atOnceUsers(1))
            .protocols(Clients.keepAlive(admin));
    return Claim.measured(
        "memory and open files did not grow",
        target,
        watch,
        () -> memory.grownLessThan(GROWTH_MIB, MORE_FILES));
  }
}
