package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.forAll;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.nothingFor;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.repeat;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.httpConcurrentRequests;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;

/**
 * What a day brings, all at once: users who stay, visitors who come once, clients that resume,
 * browsers over HTTP/2, uploads, devices with certificates, and requests that are mistakes and get
 * their 4xx. In the middle of it the configuration is reloaded, and nobody may notice.
 */
public final class MixedDay extends Simulation {
  private static final int RATE = Settings.number("mixed.rate", 20, 1, 5_000);
  private static final int DURATION = Settings.duration("mixed.duration", 12, 86_400);
  private static final int P95 = Settings.p95("mixed.p95", 3_000);
  private static final int MISTAKES = Settings.percent("mixed.mistakes", 10);
  private static final int UPLOADS = Settings.percent("mixed.uploads", 10);
  private static final int UPLOAD_BYTES =
      Settings.number("mixed.upload-bytes", 65_536, 1, 10_000_000);
  private static final String UPLOAD_PATH = System.getProperty("mixed.upload-path", "/upload");

  private static final String CLAIM = "the configuration was reloaded";

  private final Target target = Target.fromProperties();
  private final List<PopulationBuilder> day = new ArrayList<>();

  /** Sets up the scenarios; Gatling calls it. */
  public MixedDay() {
    Settings.boundConnections(RATE * (double) DURATION);
    HttpProtocolBuilder kept = Clients.keepAlive(target.baseUrl());
    comes("user who stays", 30, repeat(5).on(thinking(get("kept connection"))), kept);
    comes("visitor", 15, exec(get("new connection")), Clients.newConnections(target.baseUrl()));
    comes("client that returns", 15, exec(get("resumed")), Clients.resuming(target.baseUrl()));
    comes("browser", 15, page(), Clients.http2(target.baseUrl()));
    comes("mistake", MISTAKES, exec(mistakes()), kept);
    comes("upload", UPLOADS, exec(upload()), kept);
    target.mutual().ifPresent(this::devicesCome);
    target.admin().ifPresent(this::reloadAtNoon);
    setUp(day)
        .assertions(
            global().failedRequests().count().is(0L),
            forAll().responseTime().percentile(95.0).lt(P95));
  }

  /** So many percent of the rate, all day. */
  private void comes(String who, int percent, ChainBuilder does, HttpProtocolBuilder how) {
    if (percent > 0) {
      day.add(
          scenario(who)
              .exec(does)
              .injectOpen(constantUsersPerSec(RATE * percent / 100.0).during(DURATION))
              .protocols(how));
    }
  }

  private HttpRequestActionBuilder get(String name) {
    return http(name).get(target.path()).check(status().is(200));
  }

  private static ChainBuilder thinking(HttpRequestActionBuilder request) {
    return exec(request).pause(Duration.ofMillis(100), Duration.ofMillis(500));
  }

  private ChainBuilder page() {
    return thinking(get("page"))
        .exec(httpConcurrentRequests(Collections.nCopies(6, get("part of a page"))));
  }

  /** A method that is not let through, and a path that can be read in more than one way. */
  private ChainBuilder mistakes() {
    return exec(http("TRACE").httpRequest("TRACE", target.path()).check(status().in(405, 501)))
        .exec(http("ambiguous path").get("/a/%2e%2e/b").check(status().in(400, 404)));
  }

  private static HttpRequestActionBuilder upload() {
    return http("upload")
        .post(UPLOAD_PATH)
        .body(StringBody("x".repeat(UPLOAD_BYTES)))
        .check(status().is(200));
  }

  private void devicesCome(URI mutual) {
    KeyManagerFactory identity = ClientIdentity.fromProperties();
    comes(
        "device",
        15,
        repeat(2).on(thinking(get("device"))),
        Clients.mutual(mutual, target.mutualName()).perUserKeyManagerFactory(user -> identity));
  }

  private void reloadAtNoon(URI admin) {
    Reload reload = Reload.fromProperties(admin);
    PopulationBuilder operator =
        scenario("operator")
            .exec(reload.step())
            .exec(pause(1))
            .injectOpen(nothingFor(Duration.ofMillis(DURATION * 500L)), atOnceUsers(1))
            .protocols(Clients.keepAlive(admin));
    day.add(Claim.counted(CLAIM, target, operator, reload::counted));
  }
}
