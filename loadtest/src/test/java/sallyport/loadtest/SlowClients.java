package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.asLongAsDuring;
import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;

/**
 * A crowd of clients that are slow on purpose: some connect and say nothing, some drip a head or a
 * body, some do not take their response. The others must be served as ever meanwhile, and in the
 * end every slow one must have been cut.
 */
public final class SlowClients extends Simulation {
  private static final int OF_EACH = Settings.number("slow.of-each", 25, 1, 1_000);
  private static final int PATIENCE = Settings.seconds("slow.patience", 20);
  private static final String DOWNLOAD =
      System.getProperty("slow.download-path", "/stream?bytes=20000000");
  private static final String UPLOAD = System.getProperty("slow.upload-path", "/upload");

  private static final int RATE = Settings.number("slow.rate", 20, 1, 5_000);
  private static final int DURATION = Settings.duration("slow.duration", 8, 3_600);
  private static final int P95 = Settings.p95("slow.p95", 2_000);

  private static final String NAME = "beside slow clients";

  private final SlowClient slow;
  private SlowCrowd crowd;

  /** Sets up the scenario; Gatling calls it. */
  public SlowClients() {
    Target target = Target.fromProperties();
    Settings.boundConnections(RATE * DURATION + 4.0 * OF_EACH);
    slow = new SlowClient(target, Authority.tls(), Duration.ofSeconds(PATIENCE), UPLOAD, DOWNLOAD);
    PopulationBuilder good =
        scenario("SlowClients")
            .exec(http(NAME).get(target.path()).check(status().is(200)))
            .injectOpen(constantUsersPerSec(RATE).during(DURATION))
            .protocols(Clients.newConnections(target.baseUrl()));
    PopulationBuilder crowdEnds =
        scenario("crowd")
            .exec(
                asLongAsDuring(session -> crowd.isOpen(), Duration.ofSeconds(3L * PATIENCE))
                    .on(pause(Duration.ofMillis(200))))
            .injectOpen(atOnceUsers(1));
    setUp(good, Claim.measured("slow clients were cut", target, crowdEnds, () -> crowd.allCut()))
        .protocols(Clients.keepAlive(target.baseUrl()))
        .assertions(
            global().failedRequests().count().is(0L),
            details(NAME).responseTime().percentile(95.0).lt(P95));
  }

  @Override
  public void before() {
    crowd = SlowCrowd.of(slow, OF_EACH);
  }
}
