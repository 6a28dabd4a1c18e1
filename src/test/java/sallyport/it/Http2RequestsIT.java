package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Http2Steps;
import sallyport.testkit.Http2Steps.Step;
import sallyport.testkit.OneLane;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.RawOrigin;
import sallyport.testkit.RawTable;
import sallyport.testkit.RawTable.Row;
import sallyport.testkit.Setup;

/**
 * Every row of {@code http2-requests.table}: what HTTP/1.1 could not say, or would say twice, is a
 * stream error and reaches no backend.
 */
@OneLane("A table of messages, each alone on its connection.")
class Http2RequestsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static final int PROTOCOL_ERROR = 1;

  static List<Row> rows() {
    String rest = " & :scheme=https & :authority=localhost & :path=/";
    return RawTable.read(
        "http2-requests.table", Map.of("get", ":method=GET" + rest, "post", ":method=POST" + rest));
  }

  @TestFactory
  Stream<DynamicTest> everyRow() throws IOException {
    RawOrigin origin = gateway.closing(RawOrigin.start());
    // Each refusal is looked for in a line of its own.
    gateway.start(Setup.to(origin.address()).gateway("audit-log.lines-per-second = 100000"));
    RawClient sentinel = gateway.connect();
    return rows().stream()
        .map(row -> DynamicTest.dynamicTest(row.title(), () -> check(row, origin, sentinel)));
  }

  @Test
  void theTableIsLongEnoughToBeTrusted() {
    assertThat(rows()).hasSizeGreaterThan(80);
    assertThat(rows().stream().map(Row::title)).doesNotHaveDuplicates();
    assertThat(rows())
        .allMatch(row -> row.verdict().matches("pass .+|[45]\\d\\d [a-z_]+|reset [a-z_]+|goaway"))
        .allMatch(row -> Http2Steps.areSteps(row.bytes()));
  }

  private void check(Row row, RawOrigin origin, RawClient sentinel) throws Exception {
    int refusals = gateway.audit().all().size();
    String[] verdict = row.verdict().split(" ", 4);
    try (RawHttp2 client = RawHttp2.connect(gateway.https())) {
      for (Step step : Http2Steps.parse(row.bytes())) {
        client.write(step.bytes(step.stream()));
      }
      switch (verdict[0]) {
        case "pass" -> {
          assertThat(client.readHead(1).status()).hasToString("200");
          RawOrigin.Arrival arrival = origin.take();
          assertThat(arrival.fault()).isNull();
          assertThat(arrival.method()).isEqualTo(verdict[1]);
          assertThat(arrival.target()).isEqualTo(verdict[2]);
          assertThat(arrival.body()).isEqualTo(verdict.length > 3 ? verdict[3] : "");
          assertThat(arrival.all("x-forwarded-for")).containsExactly("127.0.0.1");
          assertThat(arrival.all("x_forwarded_for")).isEmpty();
          assertThat(arrival.all("http2-settings")).isEmpty();
        }
        case "reset" -> {
          RawHttp2.Frame reset =
              client.readUntil(f -> f.type() == RawHttp2.RST_STREAM && f.stream() == 1);
          assertThat(reset.number(0)).isEqualTo(PROTOCOL_ERROR);
        }
        case "goaway" -> client.readUntil(f -> f.type() == RawHttp2.GOAWAY);
        default -> assertThat(client.readHead(1).status()).hasToString(verdict[0]);
      }
    }
    if (!verdict[0].equals("pass") && !verdict[0].equals("goaway")) {
      List<String> audit = gateway.audit().all();
      assertThat(audit.get(refusals))
          .contains("\"event\":\"request-refused\"")
          .contains(verdict.length == 2 ? "\"reason\":\"" + verdict[1] + "\"" : "");
    }
    // Whatever was on its way to the backend would arrive before this.
    assertThat(sentinel.get("/sentinel").read().status()).isEqualTo(200);
    assertThat(origin.take().target()).isEqualTo("/sentinel");
    assertThat(origin.drain()).isEmpty();
  }
}
