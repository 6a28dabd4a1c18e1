package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawOrigin;
import sallyport.testkit.RawTable;
import sallyport.testkit.RawTable.Row;
import sallyport.testkit.Setup;

/**
 * Every row of {@code http1-requests.table} over real TLS: what is refused reaches no backend, and
 * what passes reaches it as one request that the gateway itself has written.
 */
@OneLane("A table of messages, each alone on its connection.")
class Http1RequestsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static final String SENTINEL = "/sentinel";

  static List<Row> rows() {
    return RawTable.read(
        "http1-requests.table", Map.of("h", " HTTP/1.1\\r\\nHost: localhost\\r\\n"));
  }

  private RawOrigin start() {
    RawOrigin origin = gateway.closing(RawOrigin.start());
    // Each refusal is looked for in a line of its own.
    gateway.start(Setup.to(origin.address()).gateway("audit-log.lines-per-second = 100000"));
    return origin;
  }

  @TestFactory
  Stream<DynamicTest> inOnePiece() throws Exception {
    return tests(false);
  }

  @TestFactory
  Stream<DynamicTest> octetByOctet() throws Exception {
    return tests(true);
  }

  private Stream<DynamicTest> tests(boolean byOctet) throws Exception {
    RawOrigin origin = start();
    RawClient sentinel = gateway.connect();
    return rows().stream()
        .map(
            row ->
                DynamicTest.dynamicTest(row.title(), () -> check(row, byOctet, origin, sentinel)));
  }

  @Test
  void theTableIsLongEnoughToBeTrusted() {
    assertThat(rows()).hasSizeGreaterThan(200);
    assertThat(rows().stream().map(Row::title)).doesNotHaveDuplicates();
    assertThat(rows()).allMatch(row -> row.verdict().matches("pass .+|[45]\\d\\d [a-z_]+"));
  }

  private void check(Row row, boolean byOctet, RawOrigin origin, RawClient sentinel)
      throws Exception {
    try (RawClient client = RawClient.tls(gateway.https())) {
      if (byOctet) {
        sendByOctet(client, row.bytes());
      } else {
        client.send(row.bytes());
      }
      String[] verdict = row.verdict().split(" ", 4);
      if (verdict[0].equals("pass")) {
        assertThat((verdict[1].equals("HEAD") ? client.readWithoutBody() : client.read()).status())
            .isEqualTo(200);
        RawOrigin.Arrival arrival = origin.take();
        assertThat(arrival.fault()).isNull();
        assertThat(arrival.method()).isEqualTo(verdict[1]);
        assertThat(arrival.target()).isEqualTo(verdict[2]);
        assertThat(arrival.body()).isEqualTo(verdict.length > 3 ? verdict[3] : "");
        assertNothingForgedIn(arrival);
      } else {
        RawClient.Response response = client.read();
        assertThat(response.status()).isEqualTo(Integer.parseInt(verdict[0]));
        assertThat(response.header("connection")).isEqualTo("close");
        assertThat(client.isClosedByPeer()).isTrue();
        List<String> audit = gateway.audit().all();
        assertThat(audit.getLast())
            .contains("\"event\":\"request-refused\"")
            .contains("\"reason\":\"" + verdict[1] + "\"");
      }
    }
    // Whatever was on its way to the backend would arrive before this.
    assertThat(sentinel.get(SENTINEL).read().status()).isEqualTo(200);
    RawOrigin.Arrival last = origin.take();
    assertThat(last.fault()).isNull();
    assertThat(last.target()).isEqualTo(SENTINEL);
    assertThat(origin.drain()).isEmpty();
  }

  /** Each octet in a TLS record of its own; the gateway may answer before the last one. */
  private static void sendByOctet(RawClient client, String bytes) {
    try {
      for (int i = 0; i < bytes.length(); i++) {
        client.send(bytes.substring(i, i + 1));
      }
    } catch (java.io.IOException closed) {
      // Refused meanwhile; the answer is there to be read.
    }
  }

  private static void assertNothingForgedIn(RawOrigin.Arrival arrival) {
    for (String name :
        List.of(
            "x_forwarded_for",
            "x.forwarded.for",
            "content_length",
            "keep-alive",
            "upgrade",
            "x-mine",
            "http2-settings")) {
      assertThat(arrival.all(name)).as(name).isEmpty();
    }
    assertThat(arrival.all("x-forwarded-for")).containsExactly("127.0.0.1");
    assertThat(arrival.all("via")).hasSize(1);
    assertThat(arrival.all("te")).isIn(List.of(), List.of("trailers"));
    assertThat(arrival.all("connection"))
        .isEqualTo(arrival.all("te").isEmpty() ? List.of() : List.of("TE"));
  }
}
