package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.DnsServer;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.SteadyClients;

/** Endpoints from a file that changes while the gateway serves. */
class EndpointsFileIT {
  private static final int CHANGES = 20;
  private static final String WATCHED = "keys.watch = 100ms\n";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final Queue<String> seen = new ConcurrentLinkedQueue<>();

  /** Answers with the path. */
  private Origin origin() {
    return gateway.origin(
        r -> {
          r.body();
          String path = r.line().split(" ", 3)[1];
          seen.add(path);
          r.answer(200, path);
        });
  }

  private Origin named(String name) {
    return gateway.origin(r -> r.reply(200, name));
  }

  private Path file() {
    return gateway.file("app.conf");
  }

  private void write(Origin... origins) throws IOException {
    write(
        "endpoints = [ %s ]"
            .formatted(
                Arrays.stream(origins)
                    .map(each -> '"' + each.address() + '"')
                    .collect(Collectors.joining(", "))));
  }

  /** As a careful program does: beside it, and then in its place. */
  private void write(String text) throws IOException {
    Path next = gateway.file("app.conf.next");
    Files.writeString(next, text);
    Files.move(next, file(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Endpoints from the file alone. */
  private static Setup setup() {
    return Setup.toEndpoints()
        .backend("endpoints = null\nendpoints-file = app.conf")
        .gateway(WATCHED);
  }

  private String get() throws IOException {
    try (RawClient client = RawClient.tls(gateway.https())) {
      RawClient.Response response = client.get("/").read();
      return response.status() == 200
          ? String.valueOf(response.body())
          : "status " + response.status();
    }
  }

  private Set<String> answering() throws IOException {
    Set<String> answering = new HashSet<>();
    for (int i = 0; i < 12; i++) {
      answering.add(get());
    }
    return answering;
  }

  private double rotations(String outcome) {
    return gateway.metric(
        "gateway_tls_rotations_total",
        "use=\"endpoints\"",
        "name=\"app\"",
        "outcome=\"" + outcome + "\"");
  }

  // ---- changes

  @Test
  @Timeout(120)
  void twentyChangesLoseNoRequest() throws Exception {
    Origin one = origin();
    Origin other = origin();
    write(one);
    gateway.start(setup());
    try (SteadyClients clients = new SteadyClients(gateway::https)) {
      for (int i = 0; i < CHANGES; i++) {
        clients.awaitAnswers(20);
        Origin next = i % 2 == 0 ? other : one;
        Origin before = i % 2 == 0 ? one : other;
        write(next);
        int reached = next.requests().size();
        Eventually.equal(
            "requests reach the new one", true, () -> next.requests().size() > reached + 10);
        Eventually.equal(
            "the series of the old one have gone with its connections",
            false,
            () -> gateway.admin("/metrics").body().contains('"' + before.address() + '"'));
      }
      int sent = clients.end();
      assertThat(new HashSet<>(seen)).as("none twice").hasSameSizeAs(seen);
      assertThat(seen).hasSize(sent);
    }
    assertThat(gateway.access().all()).noneMatch(line -> line.contains("\"failure\""));
    assertThat(rotations("rotated")).isEqualTo(CHANGES);
    assertThat(rotations("refused")).isZero();
  }

  @Test
  void thoseOfTheFileJoinThoseOfTheConfiguration() throws Exception {
    Origin one = named("one");
    Origin two = named("two");
    write(two);
    gateway.start(Setup.to(one).backend("endpoints-file = app.conf").gateway(WATCHED));
    assertThat(answering()).containsExactlyInAnyOrder("one", "two");
    assertThat(gateway.admin("/status?format=text").body()).contains(one.address(), two.address());
    Origin three = named("three");
    write("endpoints = [ { address = \"%s\", weight = 5 } ]".formatted(three.address()));
    assertThat(gateway.audit().awaitContaining("keys-rotated"))
        .contains("\"use\":\"endpoints\"", "\"name\":\"app\"", "\"trigger\":\"files\"");
    gateway.awaitMetric(1, "gateway_upstream_endpoint_up", "endpoint=\"" + three.address() + "\"");
    assertThat(answering()).containsExactlyInAnyOrder("one", "three");
    assertThat(gateway.admin("/status").body()).contains("\"weight\": 5");
  }

  /** The drain is known by its endpoint, and so is all else that is known of it. */
  @Test
  void anEndpointThatStaysKeepsItsState() throws Exception {
    Origin one = named("one");
    Origin two = named("two");
    Origin three = named("three");
    write(one, two);
    gateway.start(setup());
    assertThat(answering()).containsExactlyInAnyOrder("one", "two");
    try (RawClient operator = RawClient.plain(gateway.gateway().address("admin"))) {
      operator.send(
          "POST /drain?endpoint=%s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(one.address()));
      assertThat(operator.read().status()).isEqualTo(200);
    }
    write(one, three);
    gateway.audit().awaitContaining("keys-rotated");
    gateway.awaitMetric(1, "gateway_upstream_endpoint_up", "endpoint=\"" + three.address() + "\"");
    assertThat(answering()).containsExactly("three");
    assertThat(
            gateway.metric(
                "gateway_upstream_endpoint_drained", "endpoint=\"" + one.address() + "\""))
        .isEqualTo(1);
  }

  @Test
  void namesInTheFileAreFollowed() throws Exception {
    DnsServer dns = gateway.closing(new DnsServer());
    Origin one = named("one");
    Origin two = named("two");
    dns.define("imaging.test", "127.0.0.1");
    write(one);
    gateway.start(setup().gateway(WATCHED + dns.settings()));
    assertThat(get()).isEqualTo("one");
    int port = Integer.parseInt(two.address().split(":", 2)[1]);
    write("endpoints = [ \"imaging.test:%d\" ]".formatted(port));
    gateway.awaitMetric(1, "gateway_upstream_endpoint_up", "address=\"127.0.0.1:" + port + "\"");
    assertThat(get()).isEqualTo("two");
    // The next address has no listener: it is followed all the same.
    dns.define("imaging.test", "127.0.0.1", "127.0.0.9");
    gateway.awaitMetric(1, "gateway_upstream_endpoint_up", "address=\"127.0.0.9:" + port + "\"");
  }

  // ---- a file that cannot be used

  @Test
  void aFileThatCannotBeUsedKeepsTheLastListAndIsTold() throws Exception {
    Origin one = named("one");
    write(one);
    gateway.start(setup());
    try (LogLines log = new LogLines("sallyport.credentials.rotation.Rotator")) {
      write("endpoints = [ \"" + one.address() + "\", \"http://b.test\" ]");
      assertThat(gateway.audit().awaitContaining("rotation-refused"))
          .contains("\"use\":\"endpoints\"", "'http://b.test' is a URL");
      assertThat(get()).isEqualTo("one");
      Eventually.equal("counted", 1.0, () -> rotations("refused"));
      for (String page : List.of("/", "/status", "/status?format=text")) {
        assertThat(gateway.admin(page).body())
            .contains("endpoints file of backend app", file() + ":1: endpoints: ", "is a URL");
      }
      Files.delete(file());
      assertThat(gateway.audit().awaitContaining("rotation-refused", 2))
          .contains("there is no file");
      assertThat(get()).isEqualTo("one");
      assertThat(log.all()).as("one line each").hasSize(2);
    }
    Origin two = named("two");
    write(two);
    gateway.audit().awaitContaining("keys-rotated");
    gateway.awaitMetric(1, "gateway_upstream_endpoint_up", "endpoint=\"" + two.address() + "\"");
    assertThat(get()).isEqualTo("two");
    Eventually.equal(
        "nothing is refused",
        false,
        () -> gateway.admin("/status?format=text").body().contains("refused"));
  }

  @Test
  void aStartNeedsAFileThatCanBeUsed() throws Exception {
    assertThat(gateway.problem(setup().hocon()).problems())
        .singleElement()
        .asString()
        .contains("backends.app.endpoints-file: ", "there is no file");
    write("endpoints = [ ]");
    assertThat(gateway.problem(setup().hocon()).problems())
        .containsExactly(file() + ":1: endpoints: needs at least one HOST:PORT");
  }

  // ---- reload

  @Test
  void aReloadKeepsWhatTheFileHas() throws Exception {
    Origin one = named("one");
    Origin two = named("two");
    write(one);
    Path main = gateway.file("gateway.conf");
    Files.writeString(main, setup().hocon());
    gateway.startFrom(main);
    write(two);
    gateway.audit().awaitContaining("keys-rotated");
    gateway.awaitMetric(1, "gateway_upstream_endpoint_up", "endpoint=\"" + two.address() + "\"");
    // The same backend, and then a changed one.
    for (String change : List.of("drain-timeout = 7s", "backends.app.connect-timeout = 4s")) {
      Files.writeString(main, setup().gateway(WATCHED + change).hocon());
      assertThat(gateway.reload("").body()).contains("configuration: in use");
      assertThat(answering()).containsExactly("two");
    }
    write(one, two);
    gateway.awaitMetric(2, "gateway_upstream_endpoint_up");
    assertThat(answering()).containsExactlyInAnyOrder("one", "two");
  }

  @Test
  void aReloadTakesUpTheFileAtOnceAndSaysWhatIsWrong() throws Exception {
    Origin one = named("one");
    Origin two = named("two");
    write(one);
    gateway.start(setup().gateway("keys.watch = 0s"));
    write(two);
    assertThat(gateway.reload("").body())
        .contains("endpoints file of backend app: rotated to 1 endpoint\n");
    gateway.awaitMetric(1, "gateway_upstream_endpoint_up", "endpoint=\"" + two.address() + "\"");
    assertThat(get()).isEqualTo("two");
    write("endpoints = [ ]");
    assertThat(gateway.reload("").statusCode()).isEqualTo(409);
    assertThat(get()).isEqualTo("two");
  }
}
