package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** Requests of real clients between two real backends. */
class BalanceIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin named(String name) {
    return gateway.origin(r -> r.reply(200, name));
  }

  /**
   * Starts a gateway.
   *
   * @param more of the backend
   */
  private void start(String more, String... endpoints) {
    gateway.start(Setup.toEndpoints(endpoints).backend(more));
  }

  private static String at(String address, String more) {
    return "{ address = \"" + address + "\"" + more + " }";
  }

  /** The names of the backends that answer so many requests, each over a connection of its own. */
  private List<String> ask(int count, String... fields) throws IOException {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      try (RawClient client = RawClient.tls(gateway.https())) {
        client.send("GET / HTTP/1.1\r\nHost: localhost\r\n" + String.join("", fields) + "\r\n");
        RawClient.Response response = client.read();
        assertThat(response.status()).isEqualTo(200);
        answers.add(response.body());
      }
    }
    return answers;
  }

  @Test
  void roundRobinKeepsWeightsExactlyOverAllEventLoops() throws IOException {
    start("", at(named("a").address(), ", weight = 3"), at(named("b").address(), ""));
    for (int cycle = 0; cycle < 5; cycle++) {
      assertThat(ask(4)).containsExactly("a", "b", "a", "a");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "header = X-Tenant        | X-Tenant: %s",
        "cookie = SID             | Cookie: other=x; SID=%s",
        // What the backend does not get is a key all the same.
        "header = X-SSL-Client-CN | X-SSL-Client-CN: %s"
      })
  void requestsOfOneKeyStayAtOneBackend(String hash, String field) throws IOException {
    start(
        "balance = hash, hash { " + hash + " }",
        at(named("a").address(), ""),
        at(named("b").address(), ""));
    List<String> chosen = new ArrayList<>();
    for (int tenant = 0; tenant < 20; tenant++) {
      List<String> answers = ask(3, field.formatted("tenant-" + tenant) + "\r\n");
      assertThat(Set.copyOf(answers)).as("tenant %d", tenant).hasSize(1);
      chosen.add(answers.getFirst());
    }
    assertThat(chosen).as("the keys are shared").contains("a", "b");
    assertThat(ask(4)).as("without a key").containsExactly("a", "b", "a", "b");
  }

  @Test
  void requestsOfOneClientStayAtOneBackend() throws IOException {
    start(
        "balance = hash, hash.source = true",
        at(named("a").address(), ""),
        at(named("b").address(), ""));
    assertThat(Set.copyOf(ask(6))).hasSize(1);
  }

  @Test
  void aBackupServesWhereThePrimaryRefusesConnections() throws IOException {
    HeldPort gone = gateway.closing(HeldPort.hold());
    Origin backup = named("backup");
    start("", at(gone.address(), ""), at(backup.address(), ", backup = true"));
    assertThat(ask(4)).containsOnly("backup");
    assertThat(gateway.metric("gateway_upstream_failures_total", "failure=\"connect_refused\""))
        .as("the primary is asked first each time")
        .isEqualTo(4);
  }

  /** Three attempts would end at the third primary. */
  @Test
  void aBackupServesBehindManyPrimariesThatRefuseConnections() throws IOException {
    List<String> endpoints = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      endpoints.add(at(gateway.closing(HeldPort.hold()).address(), ""));
    }
    endpoints.add(at(named("backup").address(), ", backup = true"));
    start("", endpoints.toArray(String[]::new));
    assertThat(ask(2)).containsOnly("backup");
  }

  @Test
  void aBackupGetsNothingWhileAPrimaryServes() throws IOException {
    Origin backup = named("backup");
    start("", at(named("a").address(), ""), at(backup.address(), ", backup = true"));
    assertThat(ask(6)).containsOnly("a");
    assertThat(backup.connections()).isZero();
  }

  /** A pooled connection that is closed is no failure of the endpoint. */
  @Test
  void aConnectionThatHadGoneStaleIsNoReasonForABackup() throws IOException {
    ThreadLocal<Integer> served = ThreadLocal.withInitial(() -> 0);
    Origin primary =
        gateway.origin(
            r -> {
              served.set(served.get() + 1);
              if (served.get() > 1) {
                r.close();
              } else {
                r.reply(200, "primary");
              }
            });
    Origin backup = named("backup");
    start("", at(primary.address(), ""), at(backup.address(), ", backup = true"));
    assertThat(ask(4)).containsOnly("primary");
    assertThat(gateway.metric("gateway_upstream_retries_total")).isPositive();
    assertThat(backup.requests()).isEmpty();
  }

  @Test
  void whileAllOthersAreEjectedABackupServesWithoutThem() throws IOException {
    HeldPort gone = gateway.closing(HeldPort.hold());
    start(
        "ejection { consecutive-failures = 2, base = 10m, longest = 10m }",
        at(gone.address(), ""),
        at(named("backup").address(), ", backup = true"));
    assertThat(ask(8)).containsOnly("backup");
    assertThat(gateway.metric("gateway_upstream_failures_total", "failure=\"connect_refused\""))
        .isEqualTo(2);
  }

  @Test
  void theStatusPageHasWeightsAndBackups() throws IOException {
    String a = named("a").address();
    String b = named("b").address();
    start("", at(a, ", weight = 3"), at(b, ", weight = 2, backup = true"));
    assertThat(gateway.admin("/").body())
        .contains("<td>" + a + "<td>3<td>in service", "<td>" + b + "<td>2, backup<td>in service");
  }
}
