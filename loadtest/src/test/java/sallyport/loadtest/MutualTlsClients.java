package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;
import java.net.URI;
import javax.net.ssl.KeyManagerFactory;

/**
 * New clients that prove who they are with a certificate, each with a full handshake and then a few
 * requests, at a listener that demands it. Beside them come strangers without one, of whom not a
 * single one may get an answer.
 */
public final class MutualTlsClients extends Simulation {
  private static final int RATE = Settings.number("mtls.rate", 20, 1, 5_000);
  private static final int STRANGERS = Settings.number("mtls.strangers", 5, 1, 5_000);
  private static final int REQUESTS = Settings.number("mtls.requests", 3, 1, 1_000);
  private static final int DURATION = Settings.duration("mtls.duration", 6, 3_600);
  private static final int P95 = Settings.p95("mtls.p95", 2_000);

  private static final String KNOWN = "with a certificate";
  private static final String CLAIM = "a handshake for every client, and none for strangers";
  private static final String STRANGER = "without a certificate";

  /** Sets up the scenarios; Gatling calls it. */
  public MutualTlsClients() {
    Target target = Target.fromProperties();
    URI mutual =
        target
            .mutual()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "name a listener that demands client certificates with"
                            + " -Dsallyport.mutual=URL, or use run.sh --gateway, which has one"));
    int planned = (RATE + STRANGERS) * DURATION;
    Settings.boundConnections(planned);
    KeyManagerFactory identity = ClientIdentity.fromProperties();
    PopulationBuilder known =
        scenario("MutualTlsClients")
            .repeat(REQUESTS)
            .on(http(KNOWN).get(target.path()).check(status().is(200)))
            .injectOpen(constantUsersPerSec(RATE).during(DURATION))
            .protocols(
                Clients.mutual(mutual, target.mutualName())
                    .perUserKeyManagerFactory(user -> identity));
    PopulationBuilder strangers =
        scenario("strangers")
            .exec(http(STRANGER).get(target.path()))
            .injectOpen(constantUsersPerSec(STRANGERS).during(DURATION))
            .protocols(Clients.mutual(mutual, target.mutualName()));
    setUp(
            Claim.counted(
                CLAIM,
                target,
                known,
                (before, now) -> Handshakes.between(before, now).exactly(RATE * DURATION)),
            strangers)
        .assertions(Claim.assertion(CLAIM, target))
        .assertions(
            details(KNOWN).failedRequests().count().is(0L),
            details(KNOWN).responseTime().percentile(95.0).lt(P95),
            details(STRANGER).successfulRequests().count().is(0L));
  }
}
