package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** Drains and the status of a running gateway, as operators ask for them over HTTP. */
class OperatorsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final Origin one = Origin.start(r -> r.reply(200, "one"));
  private final Origin two = Origin.start(r -> r.reply(200, "two"));

  private Setup setup() {
    gateway.closing(one);
    gateway.closing(two);
    return Setup.to(one, two);
  }

  private void start() {
    gateway.start(setup());
  }

  private RawClient.Response ask(String method, String target, String... fields)
      throws IOException {
    try (RawClient client = RawClient.plain(gateway.gateway().address("admin"))) {
      String more = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
      client.send(
          "%s %s HTTP/1.1\r\nHost: localhost\r\n%sConnection: close\r\n\r\n"
              .formatted(method, target, more));
      return method.equals("HEAD") ? client.readWithoutBody() : client.read();
    }
  }

  /** The origins that answer twenty requests, each over a connection of its own. */
  private Set<String> answering() throws IOException {
    Set<String> answering = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      try (RawClient client = RawClient.tls(gateway.https())) {
        RawClient.Response response = client.get("/").read();
        answering.add(response.status() == 200 ? response.body() : "" + response.status());
      }
    }
    return answering;
  }

  private double drained(Origin origin) {
    return gateway.metric(
        "gateway_upstream_endpoint_drained", "endpoint=\"" + origin.address() + "\"");
  }

  // ---- drains

  @Test
  void aDrainedEndpointTakesNoRequestUntilItIsPutBack() throws Exception {
    start();
    assertThat(answering()).containsExactlyInAnyOrder("one", "two");
    try (LogLines log = new LogLines("sallyport.gateway.reload.EndpointDrains")) {
      RawClient.Response done =
          ask("POST", "/drain?endpoint=" + one.address() + "&reason=new+disk");
      assertThat(done.status()).isEqualTo(200);
      assertThat(done.body())
          .isEqualTo("app/" + one.address() + ": drained; requests in progress: 0\n");
      assertThat(answering()).containsExactly("two");
      assertThat(drained(one)).isEqualTo(1);
      assertThat(drained(two)).isZero();
      assertThat(gateway.metric("gateway_upstream_endpoint_up")).isEqualTo(1);
      assertThat(ask("POST", "/undrain?endpoint=app/" + one.address()).body())
          .isEqualTo("app/" + one.address() + ": takes requests again\n");
      assertThat(answering()).containsExactlyInAnyOrder("one", "two");
      assertThat(drained(one)).isZero();
      assertThat(log.all())
          .hasSize(2)
          .allMatch(line -> line.startsWith("backend app: endpoint " + one.address() + " is "));
    }
    assertThat(gateway.audit().awaitContaining("control-used"))
        .contains(
            "\"operator\":\"127.0.0.1:",
            "\"order\":\"drain\"",
            "\"object\":\"" + one.address() + "\"",
            "\"reason\":\"new disk\"",
            "\"outcome\":\"done\"");
    assertThat(gateway.audit().awaitContaining("\"order\":\"undrain\"")).contains("done");
  }

  @Test
  void aRequestInProgressIsCountedAndEnds() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Origin slow =
        gateway.origin(
            r -> {
              arrived.countDown();
              try {
                go.await();
              } catch (InterruptedException stopped) {
                throw new AssertionError(stopped);
              }
              r.reply(200, "slow");
            });
    gateway.start(Setup.to(slow.address(), one.address()));
    gateway.closing(one);
    // In turn: one of two requests goes to the slow one.
    RawClient first = gateway.connect();
    first.get("/");
    RawClient second = gateway.connect();
    second.get("/");
    arrived.await();
    assertThat(ask("POST", "/drain?endpoint=" + slow.address()).body())
        .endsWith("requests in progress: 1\n");
    go.countDown();
    assertThat(List.of(first.read().body(), second.read().body()))
        .containsExactlyInAnyOrder("slow", "one");
    assertThat(answering()).containsExactly("one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"# the same", "backends.app.connect-timeout = 4s"})
  void aReloadKeepsTheDrainWhetherItKeepsTheBackendOrNot(String change) throws Exception {
    Path file = gateway.file("gateway.conf");
    Files.writeString(file, setup().hocon());
    gateway.startFrom(file);
    ask("POST", "/drain?endpoint=" + one.address());
    Files.writeString(file, setup().gateway("drain-timeout = 7s\n" + change + "\n").hocon());
    assertThat(ask("POST", "/reload").status()).isEqualTo(200);
    assertThat(answering()).containsExactly("two");
    assertThat(drained(one)).isEqualTo(1);
    assertThat(ask("POST", "/undrain").body()).contains(one.address(), "takes requests again");
    assertThat(answering()).containsExactlyInAnyOrder("one", "two");
  }

  @Test
  void theLastEndpointNeedsForceAndThenRequestsGet503() throws Exception {
    start();
    ask("POST", "/drain?endpoint=" + one.address());
    RawClient.Response refused = ask("POST", "/drain?endpoint=" + two.address());
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.body()).contains("no other endpoint of the backend is in service");
    assertThat(answering()).containsExactly("two");
    assertThat(ask("POST", "/drain?force=true&endpoint=" + two.address()).status()).isEqualTo(200);
    assertThat(answering()).containsExactly("503");
    assertThat(gateway.audit().awaitContaining("\"outcome\":\"refused\"")).contains(two.address());
  }

  // ---- who may

  @ParameterizedTest
  @CsvSource({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
  void nothingButAPostChangesAnything(String method) throws Exception {
    start();
    for (String order : List.of("/reload", "/drain?endpoint=" + one.address(), "/undrain")) {
      RawClient.Response refused = ask(method, order);
      assertThat(refused.status()).as(order).isEqualTo(405);
      assertThat(refused.header("allow")).isEqualTo("POST");
    }
    assertThat(answering()).containsExactlyInAnyOrder("one", "two");
    assertThat(gateway.metric("gateway_config_reloads_total")).isZero();
    assertThat(gateway.audit().all()).noneMatch(line -> line.contains("control-used"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: https://evil.test",
        "Origin: null",
        "Origin: http://localhost:9901",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-Site: none"
      })
  void aBrowserChangesNothing(String field) throws Exception {
    start();
    for (String order : List.of("/reload", "/drain?endpoint=" + one.address(), "/undrain")) {
      assertThat(ask("POST", order, field).status()).as(order).isEqualTo(403);
    }
    assertThat(answering()).containsExactlyInAnyOrder("one", "two");
  }

  @ParameterizedTest
  @CsvSource({
    "/drain?endpoint=127.0.0.1:1, 404, 'there is no endpoint ''127.0.0.1:1''; there are:'",
    "/undrain?endpoint=127.0.0.1:1, 404, there is no endpoint",
    "/drain, 400, endpoint is missing",
    "/drain?endpoint=, 400, endpoint is missing",
    "/undrain, 200, no endpoint is drained"
  })
  void whatCannotBeMeantIsSaid(String order, int status, String text) throws Exception {
    start();
    RawClient.Response answer = ask("POST", order);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body()).startsWith(text);
  }

  // ---- status

  @Test
  void theStatusIsJsonAndForPeopleText() throws Exception {
    start();
    ask("POST", "/drain?endpoint=" + one.address());
    HttpResponse<String> json = gateway.admin("/status");
    assertThat(json.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(json.body())
        .contains(
            "\"format\": 1",
            "\"readiness\": \"ready\"",
            "\"uptime_seconds\": ",
            state(one, "drained"),
            state(two, "up"),
            "\"days_left\": ")
        .doesNotContain("last_reload", "PRIVATE");
    String text = gateway.admin("/status?format=text").body();
    assertThat(text)
        .startsWith("sallyport ")
        .contains(
            ", ready, up for ",
            "last reload: none since the start\n",
            "LISTENER  ADDRESS",
            "BACKEND  ENDPOINT")
        .containsPattern("app +" + one.address() + " +1 +drained +not checked +0\n")
        .containsPattern("app +" + two.address() + " +1 +in service +not checked +0\n");
    assertThat(ask("GET", "/status", "Accept: text/plain").body()).startsWith("sallyport ");
    assertThat(ask("GET", "/status?format=xml").status()).isEqualTo(400);
    assertThat(gateway.admin("/").body()).contains("drained");
  }

  /** Members of a literal endpoint, whose name is its address. */
  private static String state(Origin endpoint, String state) {
    return """
        "endpoint": "%s",
              "address": "",
              "state": "%s\""""
        .formatted(endpoint.address(), state);
  }

  @Test
  void theStatusHasTheLastReloadAndWhyItWasRefused() throws Exception {
    Path file = gateway.file("gateway.conf");
    Files.writeString(file, setup().hocon());
    gateway.startFrom(file);
    ask("POST", "/reload");
    assertThat(gateway.admin("/status").body())
        .contains("\"outcome\": \"unchanged\"", "\"trigger\": \"admin\"");
    Files.writeString(file, "gateway.colour = blue");
    assertThat(ask("POST", "/reload").status()).isEqualTo(409);
    assertThat(gateway.admin("/status?format=text").body())
        .contains("last reload: refused at ", ", by admin\n  configuration: refused: ");
    assertThat(gateway.audit().awaitContaining("\"order\":\"reload\"", 2))
        .contains("\"outcome\":\"refused\"");
  }
}
