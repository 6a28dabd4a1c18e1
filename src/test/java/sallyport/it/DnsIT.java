package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.dns.DnsResponseCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.DnsServer;
import sallyport.testkit.DnsServer.Service;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.NumberedClients;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;

/** Endpoints that are names of DNS. */
class DnsIT {
  private static final int CHANGES = 20;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final DnsServer dns = new DnsServer();

  /** Origins of one port, each at an address of its own. */
  private final List<Origin> origins = new ArrayList<>();

  private int port;

  private DnsServer dns() {
    return gateway.closing(dns);
  }

  /** Starts an origin at each of these addresses, all with the same port. */
  private void originsAt(String... addresses) throws IOException {
    for (int tries = 0; ; tries++) {
      try {
        for (String address : addresses) {
          Origin origin =
              Origin.startAt(
                  address, port, TestPki.BACKEND, r -> r.answer(200, echo(address, r.body())));
          origins.add(gateway.closing(origin));
          port = Integer.parseInt(origin.address().split(":", 2)[1]);
        }
        return;
      } catch (UncheckedIOException taken) {
        if (tries == 10) {
          throw taken;
        }
        origins.forEach(Origin::close);
        origins.clear();
        port = 0;
      }
    }
  }

  /** A request without a body is answered with the address. */
  private static String echo(String address, String body) {
    return body.isEmpty() ? address : body;
  }

  private void start(String endpoint, String backend) {
    gateway.start(Setup.to(endpoint).backend(backend).gateway(dns().settings()));
  }

  private String get() throws IOException {
    try (RawClient client = RawClient.tls(gateway.https())) {
      RawClient.Response response = client.get("/").read();
      return response.status() == 200 ? response.body() : "status " + response.status();
    }
  }

  private List<String> get(int times) throws IOException {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      answers.add(get());
    }
    return answers;
  }

  private void awaitAddresses(int count) {
    gateway.awaitMetric(count, "gateway_upstream_endpoint_up", "address=");
  }

  @Test
  void aNameStandsForAllItsAddresses() throws IOException {
    originsAt("127.0.0.2", "127.0.0.3");
    dns.define("imaging.test", "127.0.0.2", "127.0.0.3");
    start("imaging.test:" + port, "");
    awaitAddresses(2);
    assertThat(get(4)).containsExactly("127.0.0.2", "127.0.0.3", "127.0.0.2", "127.0.0.3");
    assertThat(gateway.access().awaitContaining("127.0.0.2"))
        .contains("\"endpoint\":\"imaging.test:" + port + "\"")
        .contains("\"address\":\"127.0.0.2:" + port + "\"");
  }

  /** The first request is there before an answer may be. */
  @Test
  void theFirstRequestWaitsForTheFirstAnswer() throws IOException {
    originsAt("127.0.0.2");
    dns.define("imaging.test", "127.0.0.2");
    start("imaging.test:" + port, "");
    assertThat(get()).isEqualTo("127.0.0.2");
  }

  @Test
  void aChangeIsFollowedUnderTraffic() throws Exception {
    originsAt("127.0.0.2", "127.0.0.3");
    dns.define("imaging.test", "127.0.0.2");
    start("imaging.test:" + port, "");
    awaitAddresses(1);
    try (NumberedClients clients = NumberedClients.start(gateway.https(), 4)) {
      for (int i = 0; i < CHANGES; i++) {
        Origin next = origins.get((i + 1) % 2);
        String before = "address=\"127.0.0." + (2 + i % 2) + ":" + port + "\"";
        dns.define("imaging.test", "127.0.0." + (2 + (i + 1) % 2));
        int reached = next.requests().size();
        Eventually.equal(
            "requests reach the new address", true, () -> next.requests().size() > reached + 5);
        gateway.awaitMetric(0, "gateway_upstream_connections_active", before);
      }
      List<String> sent = clients.stop();
      List<String> received =
          origins.stream()
              .flatMap(origin -> origin.requests().stream())
              .map(request -> String.valueOf(request.header("x-number")))
              .toList();
      assertThat(clients.failures()).isEmpty();
      assertThat(new HashSet<>(received)).as("none twice").hasSameSizeAs(received);
      assertThat(received).containsExactlyInAnyOrderElementsOf(sent);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"NXDOMAIN", "SERVFAIL", "silence"})
  void theLastGoodAnswerStaysWhereServersFail(String failure) throws IOException {
    originsAt("127.0.0.2", "127.0.0.3");
    dns.define("imaging.test", "127.0.0.2");
    try (LogLines log = new LogLines("sallyport.net.names.Names")) {
      start("imaging.test:" + port, "");
      awaitAddresses(1);
      switch (failure) {
        case "NXDOMAIN" -> dns.says(DnsResponseCode.NXDOMAIN);
        case "SERVFAIL" -> dns.says(DnsResponseCode.SERVFAIL);
        default -> dns.fallsSilent();
      }
      gateway.awaitMetric(1, "gateway_upstream_dns_stale", "name=\"imaging.test\"");
      dns.awaitQuestions(6);
      assertThat(get(2)).containsExactly("127.0.0.2", "127.0.0.2");
      assertThat(gateway.metric("gateway_upstream_endpoint_up")).isEqualTo(1);
      dns.define("imaging.test", "127.0.0.3");
      dns.says(DnsResponseCode.NOERROR);
      gateway.awaitMetric(0, "gateway_upstream_dns_stale");
      Eventually.equal("the new address", List.of("127.0.0.3"), () -> answers());
      assertThat(log.all()).hasSize(2);
      assertThat(log.all().getFirst())
          .startsWith("dns: imaging.test does not resolve: ")
          .endsWith("; its last addresses stay in use, and it is asked for again");
      assertThat(log.all().getLast()).isEqualTo("dns: imaging.test resolves again");
    }
    assertThat(
            gateway.metric(
                "gateway_upstream_dns_lookups_total",
                "outcome=\"" + (failure.equals("NXDOMAIN") ? "empty" : "failed") + "\""))
        .isPositive();
  }

  private List<String> answers() {
    try {
      return get(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aNameThatIsUnknownAtFirstIsServedOnceItIsKnown() throws IOException {
    originsAt("127.0.0.2");
    start("imaging.test:" + port, "ejection.consecutive-failures = 0");
    assertThat(get()).isEqualTo("status 502");
    gateway.access().awaitContaining("unresolved");
    dns.define("imaging.test", "127.0.0.2");
    awaitAddresses(1);
    assertThat(get()).isEqualTo("127.0.0.2");
  }

  // ---- services

  @Test
  void theHostsOfAServiceHaveWeightsAndBackups() throws IOException {
    originsAt("127.0.0.2", "127.0.0.3", "127.0.0.4");
    dns.define("a.test", "127.0.0.2");
    dns.define("b.test", "127.0.0.3");
    dns.define("c.test", "127.0.0.4");
    dns.define(
        "_imaging._tcp.legacy.internal",
        new Service(1, 3, port, "a.test"),
        new Service(1, 1, port, "b.test"),
        new Service(2, 1, port, "c.test"));
    gateway.start(
        Setup.to("srv:_imaging._tcp.legacy.internal")
            .upstreamTls("server-name = null")
            .gateway(dns().settings()));
    awaitAddresses(3);
    List<String> answers = get(8);
    assertThat(Collections.frequency(answers, "127.0.0.2")).isEqualTo(6);
    assertThat(Collections.frequency(answers, "127.0.0.3")).isEqualTo(2);
    dns.define("_imaging._tcp.legacy.internal", new Service(1, 1, port, "b.test"));
    awaitAddresses(1);
    assertThat(get()).isEqualTo("127.0.0.3");
  }

  /** Whoever forges DNS can name any host, and may have its certificate. */
  @Test
  void theHostOfAServiceIsNoProof() throws IOException {
    Origin forger =
        Origin.startAt(
            "127.0.0.2",
            0,
            TestPki.BACK.issue(
                CertificateRequest.of("forger")
                    .dns("forger.test")
                    .usage(CertificateRequest.Usage.SERVER_AUTH)),
            r -> r.reply(200, "leaked"));
    gateway.closing(forger);
    dns.define("forger.test", "127.0.0.2");
    dns.define(
        "_imaging._tcp.legacy.internal",
        new Service(1, 1, Integer.parseInt(forger.address().split(":", 2)[1]), "forger.test"));
    gateway.start(
        Setup.to("srv:_imaging._tcp.legacy.internal")
            .upstreamTls("server-name = null")
            .gateway(dns().settings()));
    assertThat(get()).isEqualTo("status 502");
    gateway.access().awaitContaining("tls_name_mismatch");
    assertThat(forger.requests()).isEmpty();
  }

  // ---- drains

  private String order(String target) throws IOException {
    try (RawClient operator = RawClient.plain(gateway.gateway().address("admin"))) {
      operator.send("POST " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
      return String.valueOf(operator.read().body());
    }
  }

  private void awaitDrained(int... last) {
    for (int each : last) {
      gateway.awaitMetric(
          1,
          "gateway_upstream_endpoint_drained",
          "endpoint=\"imaging.test:" + port + "\"",
          "address=\"127.0.0." + each + ":" + port + "\"");
    }
    gateway.awaitMetric(last.length, "gateway_upstream_endpoint_drained");
  }

  @Test
  void oneAddressOfANameIsDrainedWhileTheOthersServe() throws IOException {
    originsAt("127.0.0.2", "127.0.0.3", "127.0.0.4");
    dns.define("imaging.test", "127.0.0.2", "127.0.0.3");
    start("imaging.test:" + port, "");
    awaitAddresses(2);
    assertThat(order("/drain?endpoint=127.0.0.3:" + port))
        .isEqualTo("app/127.0.0.3:" + port + ": drained; requests in progress: 0\n");
    assertThat(get(4)).containsOnly("127.0.0.2");
    awaitDrained(3);
    assertThat(gateway.admin("/status?format=text").body())
        .containsPattern("imaging.test:" + port + " at 127.0.0.3:" + port + " +1 +drained");
    // Another answer: the address stays, and so does its drain.
    dns.define("imaging.test", "127.0.0.3", "127.0.0.4");
    gateway.awaitMetric(1, "gateway_upstream_endpoint_up", "address=\"127.0.0.4:" + port + "\"");
    assertThat(get(4)).containsOnly("127.0.0.4");
    awaitDrained(3);
    // The name is all of them.
    assertThat(order("/undrain?endpoint=app/imaging.test:" + port))
        .contains("takes requests again");
    assertThat(get(4)).contains("127.0.0.3", "127.0.0.4");
    assertThat(order("/drain?force=true&endpoint=imaging.test:" + port)).contains("drained");
    awaitDrained(3, 4);
    assertThat(get()).isEqualTo("status 503");
    assertThat(order("/undrain?endpoint=127.0.0.3:" + port))
        .contains("is drained with imaging.test");
    assertThat(order("/undrain")).contains("takes requests again");
    assertThat(get(4)).contains("127.0.0.3", "127.0.0.4");
  }

  @Test
  void aReloadThatChangesTheBackendKeepsTheDrainOfAnAddress() throws Exception {
    originsAt("127.0.0.2", "127.0.0.3");
    dns.define("imaging.test", "127.0.0.2", "127.0.0.3");
    java.nio.file.Path file = gateway.file("gateway.conf");
    Setup setup = Setup.to("imaging.test:" + port).gateway(dns().settings());
    java.nio.file.Files.writeString(file, setup.hocon());
    gateway.startFrom(file);
    awaitAddresses(2);
    order("/drain?endpoint=127.0.0.3:" + port);
    java.nio.file.Files.writeString(file, setup.backend("connect-timeout = 4s").hocon());
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    awaitDrained(3);
    gateway.awaitMetric(1, "gateway_upstream_endpoint_up", "address=\"127.0.0.2:" + port + "\"");
    assertThat(get(4)).containsOnly("127.0.0.2");
    assertThat(order("/undrain?endpoint=127.0.0.3:" + port)).contains("takes requests again");
    assertThat(get(4)).contains("127.0.0.2", "127.0.0.3");
  }

  // ---- reload

  @Test
  void aReloadUsesOtherServers() throws Exception {
    originsAt("127.0.0.2", "127.0.0.3");
    DnsServer other = gateway.closing(new DnsServer());
    dns.define("imaging.test", "127.0.0.2");
    other.define("imaging.test", "127.0.0.3");
    dns.timeToLive(3600);
    String hocon = Setup.to("imaging.test:" + port).gateway(dns().settings()).hocon();
    java.nio.file.Path file = gateway.file("gateway.conf");
    java.nio.file.Files.writeString(file, hocon);
    gateway.startFrom(file);
    awaitAddresses(1);
    assertThat(get()).isEqualTo("127.0.0.2");
    java.nio.file.Files.writeString(file, hocon.replace(dns.settings(), other.settings()));
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    gateway.awaitMetric(1, "gateway_upstream_endpoint_up", "address=\"127.0.0.3:" + port + "\"");
    assertThat(get()).isEqualTo("127.0.0.3");
  }
}
