package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.rampUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.ScenarioBuilder;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import java.time.Duration;

/**
 * Every request on a connection of its own, with a full TLS handshake: the most expensive way to
 * ask for little. Virtual users share no connections, and the client keeps no sessions (pom.xml
 * sets {@code io.netty.handler.ssl.openssl.sessionCacheClient=false}), so that none is resumed.
 *
 * <p>Settings: {@code storm.rate} new connections a second (50), {@code storm.ramp} (2) and {@code
 * storm.duration} (5) in seconds, {@code storm.p95} the bound on the 95th percentile in
 * milliseconds (2000), {@code storm.max} the most connections in all (20000); and those of {@link
 * Target}.
 */
public final class HandshakeStorm extends Simulation {
  private static final double RATE = Integer.getInteger("storm.rate", 50);
  private static final int RAMP = Integer.getInteger("storm.ramp", 2);
  private static final int DURATION = Integer.getInteger("storm.duration", 5);
  private static final int P95 = Integer.getInteger("storm.p95", 2000);
  private static final int MAX = Integer.getInteger("storm.max", 20_000);

  /** Sets up the scenario; Gatling calls it. */
  public HandshakeStorm() {
    double connections = RATE * (DURATION + RAMP / 2.0);
    if (connections > MAX) {
      throw new IllegalArgumentException(
          "that makes %.0f connections; -Dstorm.max=%d bounds them".formatted(connections, MAX));
    }
    Target target = Target.fromProperties();
    HttpProtocolBuilder protocol =
        http.baseUrl(target.baseUrl().toString())
            .disableCaching()
            .disableWarmUp()
            .header("Connection", "close");
    ScenarioBuilder storm =
        scenario("HandshakeStorm")
            .exec(http("full handshake").get(target.path()).check(status().is(200)));
    setUp(
            storm.injectOpen(
                rampUsersPerSec(1).to(RATE).during(Duration.ofSeconds(RAMP)),
                constantUsersPerSec(RATE).during(Duration.ofSeconds(DURATION))))
        .protocols(protocol)
        .assertions(
            global().failedRequests().count().is(0L),
            global().responseTime().percentile(95.0).lt(P95));
  }
}
