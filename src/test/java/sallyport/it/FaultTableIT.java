package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.testkit.Eventually;
import sallyport.testkit.Fault;
import sallyport.testkit.FaultyBackend;
import sallyport.testkit.FaultyBackend.Protocol;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** Every row of docs/faults.md: what one endpoint's fault comes to, alone and beside another. */
class FaultTableIT {
  /** What it takes by default to eject an endpoint. */
  private static final int IN_A_ROW = 5;

  /** What a client got: a status, and whether the response was cut. */
  private record Answer(int status, boolean cut) {
    static final Answer SERVED = new Answer(200, false);
  }

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private int sent;

  static List<FaultRow> rows() throws IOException {
    return FaultRow.read();
  }

  @Test
  void thePageHasEveryFault() throws IOException {
    Set<Fault> faults = new HashSet<>();
    for (FaultRow row : rows()) {
      assertThat(faults.add(row.fault()) || row.protocol() == Protocol.HTTP2)
          .as("%s, twice", row)
          .isTrue();
    }
    assertThat(faults).isEqualTo(EnumSet.complementOf(EnumSet.of(Fault.NONE)));
  }

  private FaultyBackend backend(Protocol protocol) {
    return gateway.closing(FaultyBackend.start(protocol));
  }

  private void start(FaultRow row, String more, FaultyBackend... backends) {
    String[] addresses = new String[backends.length];
    for (int i = 0; i < backends.length; i++) {
      addresses[i] = backends[i].address();
    }
    // Short where the row waits for it, long where it would be noise.
    boolean connecting = row.limit().equals("connect-timeout");
    boolean inBody = row.limit().equals("idle-timeout") || row.fault() == Fault.DRIPS_THE_BODY;
    gateway.start(
        Setup.to(addresses)
            .route(
                switch (row.limit()) {
                  case "response-timeout" -> "response-timeout = 500ms";
                  default -> inBody ? "idle-timeout = 500ms" : "";
                })
            .backend(connecting ? "connect-timeout = 1s, " + more : more));
  }

  private Answer get() {
    return ask("GET / HTTP/1.1\r\nHost: localhost\r\n%s: %d\r\n\r\n");
  }

  private Answer post() {
    return ask("POST / HTTP/1.1\r\nHost: localhost\r\n%s: %d\r\nContent-Length: 3\r\n\r\nabc");
  }

  /** Each from a client of its own: they come to all event loops. */
  private Answer ask(String request) {
    try (RawClient client = RawClient.tls(gateway.https())) {
      client.send(request.formatted(FaultyBackend.ID, ++sent));
      // The reader of heads does not say how a body ends.
      RawClient.Response head = client.readHead();
      String length = head.header("content-length");
      try {
        byte[] body =
            length == null
                ? client.in().readAllBytes()
                : client.in().readNBytes(Integer.parseInt(length));
        return new Answer(head.status(), length != null && body.length < Integer.parseInt(length));
      } catch (IOException cut) {
        return new Answer(head.status(), true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private double upstream(String metric, FaultyBackend of, String... tags) {
    List<String> all = new ArrayList<>(List.of(tags));
    all.add("endpoint=\"" + of.address() + "\"");
    return gateway.metric("gateway_upstream_" + metric, all.toArray(String[]::new));
  }

  private void awaitFailures(FaultRow row, FaultyBackend ill, double count) {
    if (!row.failure().isEmpty()) {
      Eventually.equal(
          row.failure(),
          count,
          () -> upstream("failures_total", ill, "failure=\"" + row.failure() + "\""));
    }
    Eventually.equal(
        "failures", row.failure().isEmpty() ? 0.0 : count, () -> upstream("failures_total", ill));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void alone(FaultRow row) {
    FaultyBackend ill = backend(row.protocol());
    ill.set(row.fault());
    try (LogLines log = new LogLines("sallyport.connect.endpoint.EndpointObserver")) {
      start(row, "retries.attempts = 0", ill);
      Answer expected = new Answer(row.status(), row.cut());
      assertThat(get()).isEqualTo(expected);
      assertThat(post()).isEqualTo(expected);
      awaitFailures(row, ill, 2);
      assertThat(upstream("bad_responses_total", ill)).isEqualTo(row.reason().isEmpty() ? 0 : 2);
      assertThat(upstream("bad_responses_total", ill, "reason=\"" + row.reason() + "\""))
          .isEqualTo(row.reason().isEmpty() ? 0 : 2);
      if (row.log().isEmpty()) {
        assertThat(log.all()).isEmpty();
      } else {
        String reason = row.reason().isEmpty() ? row.failure() : row.reason();
        assertThat(log.awaitContaining(reason)).contains(ill.address()).contains(row.log());
      }
    }
    if (row.failure().isEmpty()) {
      assertThat(gateway.metric("gateway_downstream_exchange_failures_total")).isZero();
    } else {
      gateway.awaitMetric(
          2,
          "gateway_downstream_exchange_failures_total",
          "failure=\"" + row.failure() + "\"",
          "backend=\"app\"");
      assertThat(gateway.access().awaitContaining(row.failure(), 2))
          .contains(
              "\"status\":" + row.status(),
              "\"endpoint\":\"" + ill.address() + "\"",
              "\"attempts\":1");
    }
    if (row.audit().isEmpty()) {
      assertThat(gateway.audit().all()).filteredOn(line -> line.contains("-refused\"")).isEmpty();
    } else {
      gateway.audit().awaitContaining(row.audit(), 2);
    }
    assertThat(FaultyBackend.repeated("POST", ill)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void besideAnother(FaultRow row) {
    FaultyBackend ill = backend(row.protocol());
    FaultyBackend well = backend(row.protocol());
    ill.set(row.fault());
    try (LogLines log = new LogLines("sallyport.connect.endpoint.EjectionObserver")) {
      start(row, "ejection.base = 1s", ill, well);
      Answer answer = new Answer(row.status(), row.cut());
      // Of two requests, one comes to each endpoint first.
      assertThat(List.of(post(), post()))
          .containsExactlyInAnyOrder(row.postAgain() ? Answer.SERVED : answer, Answer.SERVED);
      List<Answer> answers = new ArrayList<>();
      while (answers.size() < 2 * IN_A_ROW && log.all().isEmpty()) {
        answers.add(get());
      }
      int met = row.ejected() ? IN_A_ROW : IN_A_ROW + 1;
      if (answer.equals(Answer.SERVED) || row.getAgain()) {
        assertThat(answers).containsOnly(Answer.SERVED);
      } else {
        assertThat(answers).filteredOn(answer::equals).hasSize(met - 1);
        assertThat(answers).containsOnly(answer, Answer.SERVED);
      }
      awaitFailures(row, ill, met);
      int retries = (row.postAgain() ? 1 : 0) + (row.getAgain() ? met - 1 : 0);
      assertThat(upstream("retries_total", ill)).isEqualTo(retries);
      if (row.ejected()) {
        assertThat(log.all())
            .first()
            .isEqualTo(
                "backend app: ejected endpoint "
                    + ill.address()
                    + " for 1s: 5 requests failed in a row, the last by "
                    + row.failure());
        ill.set(Fault.NONE);
        Eventually.equal(
            "in service again",
            true,
            () -> get() != null && log.all().getLast().endsWith("is in service again"));
        assertThat(log.all()).hasSize(2);
      } else {
        assertThat(log.all()).isEmpty();
      }
      assertThat(upstream("endpoint_up", ill)).isEqualTo(1);
      assertThat(FaultyBackend.repeated("POST", ill, well)).isEmpty();
    }
  }

  // ---- faults by share, and in turns

  private List<Answer> answers(int count) {
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      answers.add(get());
    }
    return answers;
  }

  private void startTwo(FaultyBackend ill, FaultyBackend well, String more) {
    gateway.start(Setup.to(ill.address(), well.address()).backend(more));
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void everySecondRequestThatIsCutIsTriedAgainAndEjectsNoEndpoint(Protocol protocol) {
    FaultyBackend ill = backend(protocol);
    FaultyBackend well = backend(protocol);
    ill.set(Fault.CLOSES_BEFORE_THE_HEAD, 2);
    startTwo(ill, well, "");
    assertThat(answers(40)).containsOnly(Answer.SERVED);
    assertThat(upstream("retries_total", ill)).isEqualTo(10);
    assertThat(upstream("endpoint_up", ill)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void everyThirdAnswerOf500IsPassedOnAndEjectsNoEndpoint(Protocol protocol) {
    FaultyBackend ill = backend(protocol);
    FaultyBackend well = backend(protocol);
    ill.set(Fault.ANSWERS_500, 3);
    startTwo(ill, well, "");
    assertThat(answers(36)).filteredOn(answer -> answer.status() == 500).hasSize(6);
    assertThat(upstream("failures_total", ill)).isZero();
    assertThat(upstream("endpoint_up", ill)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void anEndpointThatRefusesAndServesInTurnsCostsNoRequest(Protocol protocol) {
    FaultyBackend ill = backend(protocol);
    FaultyBackend well = backend(protocol);
    startTwo(ill, well, "ejection.base = 100ms");
    for (int i = 0; i < 5; i++) {
      ill.set(Fault.REFUSES_CONNECTIONS);
      assertThat(answers(12)).containsOnly(Answer.SERVED);
      ill.set(Fault.NONE);
      Eventually.equal(
          "endpoints in service",
          2.0,
          () -> {
            assertThat(get()).isEqualTo(Answer.SERVED);
            return gateway.metric("gateway_upstream_endpoint_up");
          });
    }
    assertThat(upstream("ejections_total", ill)).isGreaterThanOrEqualTo(5);
  }

  /** As a process that is stopped, under load. */
  @ParameterizedTest
  @EnumSource(Protocol.class)
  void aHungEndpointCostsEachClientOneWait(Protocol protocol) throws Exception {
    FaultyBackend ill = backend(protocol);
    FaultyBackend well = backend(protocol);
    ill.set(Fault.ACCEPTS_AND_HANGS);
    startTwo(ill, well, "connect-timeout = 1s, ejection { base = 10m, longest = 10m }");
    int clients = 16;
    List<Callable<List<Integer>>> load = Collections.nCopies(clients, () -> statuses(20));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<List<Integer>> statuses : threads.invokeAll(load)) {
        assertThat(statuses.get()).containsOnly(200);
      }
    }
    assertThat(upstream("failures_total", ill, "failure=\"connect_timeout\""))
        .as("waits of 320 requests: of those at the time, and until five in a row")
        .isBetween(5.0, clients + 5.0);
    assertThat(upstream("endpoint_up", ill)).isZero();
  }

  /** Clients ask until it is out; from then on no request is slow. */
  @ParameterizedTest
  @EnumSource(Protocol.class)
  void anEndpointThatIsSlowBesideItsPeersIsEjectedWhereLatencyEjects(Protocol protocol)
      throws Exception {
    FaultyBackend ill = backend(protocol);
    FaultyBackend well = backend(protocol);
    FaultyBackend other = backend(protocol);
    ill.set(Fault.IS_SLOW);
    try (LogLines log = new LogLines("sallyport.connect.endpoint.EjectionObserver");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      gateway.start(
          Setup.to(well.address(), ill.address(), other.address())
              .backend(
                  "ejection { base = 10m, longest = 10m, latency { factor = 2, difference = 20ms,"
                      + " requests = 10, window = 1s } }"));
      List<Callable<List<Integer>>> load = Collections.nCopies(4, () -> statuses(20));
      while (log.all().isEmpty()) {
        for (Future<List<Integer>> statuses : threads.invokeAll(load)) {
          assertThat(statuses.get()).containsOnly(200);
        }
      }
      assertThat(log.all().getFirst())
          .containsPattern(
              "backend app: ejected endpoint "
                  + ill.address()
                  + " for 10m: half of [0-9]+ requests took [0-9]+ms or longer, at its peers");
    }
    assertThat(upstream("ejections_total", ill, "reason=\"latency\"")).isEqualTo(1);
    assertThat(upstream("endpoint_up", ill)).isZero();
    assertThat(upstream("failures_total", ill)).isZero();
    assertThat(gateway.admin("/").body()).contains("ejected (latency), ");
    int seen = ill.received().size();
    assertThat(statuses(20)).containsOnly(200);
    assertThat(ill.received()).hasSize(seen);
  }

  /** Of requests on one connection, one after the other. */
  private List<Integer> statuses(int count) throws IOException {
    List<Integer> statuses = new ArrayList<>();
    try (RawClient client = RawClient.tls(gateway.https())) {
      for (int i = 0; i < count; i++) {
        statuses.add(client.get("/").read().status());
      }
    }
    return statuses;
  }
}
