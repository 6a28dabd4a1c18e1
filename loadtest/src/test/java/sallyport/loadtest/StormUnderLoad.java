package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.asLongAsDuring;
import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.during;
import static io.gatling.javaapi.core.CoreDsl.nothingFor;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.rampUsers;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Assertion;
import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A storm of strangers, each with a full handshake, comes over a gateway that serves clients with
 * open connections and clients that resume. These must keep their percentiles: first there is calm,
 * then the storm, and what they saw in each is asserted, and compared. Strangers may have to wait,
 * and some may be turned away.
 */
public final class StormUnderLoad extends Simulation {
  private static final int WARM_UP = Settings.seconds("underload.warm-up", 3);
  private static final int CALM = Settings.duration("underload.calm", 6, 3_600);
  private static final int STORM = Settings.duration("underload.storm", 6, 3_600);
  private static final int STRANGERS = Settings.number("underload.strangers", 100, 1, 10_000);
  private static final int CLIENTS = Settings.number("underload.clients", 10, 1, 5_000);
  private static final int RESUMED = Settings.number("underload.resumed", 10, 1, 5_000);
  private static final int P95 = Settings.p95("underload.p95", 5_000);
  private static final int RATIO = Settings.number("underload.ratio", 10, 1, 1_000);
  private static final int FLOOR = Settings.millis("underload.floor", 1_000);
  private static final int REFUSED = Settings.percent("underload.refused", 50);

  private static final String ESTABLISHED = "established";
  private static final String RETURNING = "resumed";
  private static final String SERVED = (100 - REFUSED) + "% of the strangers were served";
  private static final String CLAIM = "the storm's handshakes were full";

  private final Target target = Target.fromProperties();
  private final Strangers strangers = new Strangers(target, Authority.pem(), Duration.ofMinutes(1));
  private final Latencies latencies = new Latencies();
  private long began;

  /** Sets up the scenarios; Gatling calls it. */
  public StormUnderLoad() {
    int whole = WARM_UP + CALM + STORM;
    Settings.boundConnections(CLIENTS + RESUMED * (double) whole + STRANGERS * (double) STORM);
    PopulationBuilder established =
        scenario("clients with open connections")
            .exec(
                during(whole)
                    .on(measured(ESTABLISHED).pause(Duration.ofMillis(50), Duration.ofMillis(150))))
            .injectOpen(rampUsers(CLIENTS).during(1))
            .protocols(Clients.keepAlive(target.baseUrl()));
    PopulationBuilder returning =
        scenario("clients that resume")
            .exec(measured(RETURNING))
            .injectOpen(
                atOnceUsers(1), nothingFor(1), constantUsersPerSec(RESUMED).during(whole - 1))
            .protocols(Clients.resuming(target.baseUrl()));
    PopulationBuilder storm =
        scenario("StormUnderLoad")
            .exec(
                session -> {
                  strangers.come(STRANGERS, Duration.ofSeconds(STORM));
                  return session;
                })
            .exec(
                asLongAsDuring(session -> strangers.areGoingOn(), Duration.ofSeconds(STORM + 30L))
                    .on(pause(Duration.ofMillis(200))))
            .injectOpen(nothingFor(Duration.ofSeconds(WARM_UP + CALM)), atOnceUsers(1))
            .protocols(Clients.keepAlive(target.baseUrl()));
    setUp(
            kept(ESTABLISHED, established),
            kept(RETURNING, returning),
            Claim.counted(
                CLAIM,
                target,
                Claim.measured(SERVED, target, storm, this::servedEnough),
                this::wasAStorm))
        .assertions(assertions());
  }

  private List<Assertion> assertions() {
    var all = new ArrayList<>(Claim.assertion(CLAIM, target));
    for (String who : List.of(ESTABLISHED, RETURNING)) {
      for (String when : List.of(" calm", " storm")) {
        all.add(details(who + when).failedRequests().count().is(0L));
        all.add(details(who + when).responseTime().percentile(95.0).lt(P95));
      }
      all.add(details(Claim.name(comparison(who))).failedRequests().count().is(0L));
    }
    all.add(details(Claim.name(SERVED)).failedRequests().count().is(0L));
    return all;
  }

  @Override
  public void before() {
    began = System.nanoTime();
  }

  private ChainBuilder measured(String who) {
    return latencies.measure(
        http(session -> who + phase()).get(target.path()).check(status().is(200)),
        session -> who + phase());
  }

  private String phase() {
    long second = Duration.ofNanos(System.nanoTime() - began).toSeconds();
    return second < WARM_UP ? " warm-up" : second < WARM_UP + CALM ? " calm" : " storm";
  }

  private PopulationBuilder kept(String who, PopulationBuilder population) {
    return Claim.measured(
        comparison(who),
        target,
        population,
        () -> {
          int calm = latencies.percentile(who + " calm", 95);
          int storm = latencies.percentile(who + " storm", 95);
          return storm <= Math.max(FLOOR, calm * RATIO)
              ? Claim.HOLDS
              : "95th percentile %d ms in the calm, %d ms in the storm".formatted(calm, storm);
        });
  }

  private static String comparison(String who) {
    return who + " clients keep their 95th percentile";
  }

  private String servedEnough() {
    strangers.stop();
    int served = strangers.served();
    int all = strangers.all();
    return served * 100L >= all * (100L - REFUSED)
        ? Claim.HOLDS
        : "%d of %d were served".formatted(served, all);
  }

  /** Whether what came was a storm of full handshakes, less those who may have been turned away. */
  private String wasAStorm(Counters before, Counters now) {
    Handshakes handshakes = Handshakes.between(before, now);
    double least = STRANGERS * STORM * (100.0 - REFUSED) / 100;
    return handshakes.full() >= least ? Claim.HOLDS : handshakes + " in a storm of " + least;
  }
}
