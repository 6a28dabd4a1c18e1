package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Assertion;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.net.URI;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * What a simulation says of itself beyond failures and response times. A claim is checked by one
 * more request, which has its own line in the report; one that does not hold is a failed request,
 * and its error says what was found instead.
 */
final class Claim {
  /** The finding when a claim holds. */
  static final String HOLDS = "holds";

  private Claim() {}

  /** What the request is called that checks a claim. */
  static String name(String claim) {
    return "claim: " + claim;
  }

  /**
   * Claims something of the gateway's own counters, once a population is done. Left out where no
   * admin listener is known.
   *
   * @param finding {@link #HOLDS}, or what is so instead, from the counters now and those then
   */
  static PopulationBuilder counted(
      String claim,
      Target target,
      PopulationBuilder population,
      BiFunction<Counters, Counters, String> finding) {
    return target
        .admin()
        .map(
            admin -> {
              Counters before = Counters.of(admin);
              var request =
                  ask(claim, Counters.metrics(admin))
                      .check(
                          bodyString()
                              .validate(
                                  "claim",
                                  (text, session) ->
                                      hold(finding.apply(before, new Counters(text)))));
              return population.andThen(once(claim, request, admin));
            })
        .orElse(population);
  }

  /**
   * Claims something of what was measured here, once a population is done. The request that carries
   * it goes to the target.
   */
  static PopulationBuilder measured(
      String claim, Target target, PopulationBuilder population, Supplier<String> finding) {
    var request =
        ask(claim, target.baseUrl().resolve(target.path()))
            .check(bodyString().validate("claim", (text, session) -> hold(finding.get())));
    return population.andThen(once(claim, request, target.baseUrl()));
  }

  /**
   * The assertion that a counted claim held, for simulations that expect other requests to fail,
   * and so cannot assert that none did. None, where no admin listener is known.
   */
  static List<Assertion> assertion(String claim, Target target) {
    return target.admin().stream()
        .map(admin -> details(name(claim)).failedRequests().count().is(0L))
        .toList();
  }

  private static String hold(String finding) {
    if (!finding.equals(HOLDS)) {
      throw new IllegalStateException(finding);
    }
    return finding;
  }

  private static HttpRequestActionBuilder ask(String claim, URI uri) {
    return http(name(claim)).get(uri.toString()).check(status().is(200));
  }

  private static PopulationBuilder once(String claim, HttpRequestActionBuilder request, URI url) {
    return scenario(name(claim))
        .exec(request)
        .injectOpen(atOnceUsers(1))
        .protocols(Clients.keepAlive(url));
  }
}
