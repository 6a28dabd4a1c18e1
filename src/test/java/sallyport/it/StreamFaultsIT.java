package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.testkit.Fault;
import sallyport.testkit.FaultyBackend;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Loops;
import sallyport.testkit.TestPki;
import sallyport.testkit.TlsStream;

/**
 * Every row of docs/faults.md about TCP streams: one endpoint's fault, alone and beside another.
 */
class StreamFaultsIT {
  /** Columns of the table. */
  private static final int COLUMNS = 5;

  /** Text that the endpoint answers: it takes the octets of a stream for HTTP. */
  private static final String REQUEST =
      "GET / HTTP/1.1\r\nHost: localhost\r\n" + FaultyBackend.ID + ": %d\r\n\r\n";

  private int sent;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /**
   * @param failure empty where nothing has failed
   * @param audit the event, or empty
   */
  record Row(Fault fault, String outcome, String failure, String audit, boolean another) {
    @Override
    public String toString() {
      return fault.words();
    }
  }

  static List<Row> rows() throws IOException {
    return FaultRow.table(COLUMNS).stream()
        .map(
            cells ->
                new Row(
                    FaultRow.fault(cells.getFirst()),
                    cells.get(1),
                    cells.get(2),
                    cells.get(3),
                    FaultRow.isYes(cells.get(4))))
        .toList();
  }

  private FaultyBackend backend() {
    return gateway.closing(FaultyBackend.start(FaultyBackend.Protocol.HTTP1));
  }

  private void start(Row row, FaultyBackend... backends) {
    String endpoints =
        Arrays.stream(backends)
            .map(each -> '"' + each.address() + '"')
            .collect(Collectors.joining(", "));
    gateway.startWith(
        """
        gateway {
          listeners.mllp {
            bind = "127.0.0.1:0"
            tls.certificates = [ { chain = server.pem, key = server.key } ]
            forward-to = engine
            timeouts.idle = %s
          }
          backends.engine {
            endpoints = [ %s ]
            tls {
              trust = backend-ca.pem
              certificate { chain = client.pem, key = client.key }
              server-name = legacy.internal
            }
            connect-timeout = %s
          }
          admin.bind = "127.0.0.1:0"
          runtime.workers = %d
        }
        """
            .formatted(
                row.outcome().equals("idle") ? "1s" : "1h",
                endpoints,
                row.failure().equals("connect_timeout") ? "1s" : "20s",
                Loops.COUNT));
  }

  private TlsStream ask() throws IOException {
    TlsStream client =
        gateway.closing(
            TlsStream.connect(
                gateway.gateway().address("mllp"),
                TestPki.context(null, TestPki.FRONT),
                "localhost"));
    client.send(REQUEST.formatted(++sent));
    return client;
  }

  @ParameterizedTest
  @MethodSource("rows")
  void alone(Row row) throws IOException {
    FaultyBackend ill = backend();
    ill.set(row.fault());
    start(row, ill);
    assertThat(ask().end()).isIn("cut", "reset");
    String line = gateway.access().awaitContaining("\"protocol\":\"TCP\"");
    assertThat(line).contains("\"ended\":\"" + row.outcome() + "\"");
    gateway.awaitMetric(1, "gateway_stream_connections_total", "outcome=\"" + row.outcome() + "\"");
    if (row.failure().isEmpty()) {
      assertThat(gateway.metric("gateway_upstream_failures_total")).isZero();
      assertThat(line).doesNotContain("\"failure\"");
    } else {
      assertThat(line).contains("\"failure\":\"" + row.failure() + "\"");
      gateway.awaitMetric(
          1, "gateway_upstream_failures_total", "failure=\"" + row.failure() + "\"");
    }
    if (row.audit().isEmpty()) {
      assertThat(gateway.audit().all()).filteredOn(each -> each.contains("-refused\"")).isEmpty();
    } else {
      gateway.audit().awaitContaining(row.audit());
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void besideAnother(Row row) throws IOException {
    FaultyBackend ill = backend();
    FaultyBackend well = backend();
    ill.set(row.fault());
    start(row, ill, well);
    // Of two streams, one comes to each endpoint first.
    int served = 0;
    for (int i = 0; i < 2; i++) {
      try (TlsStream client = ask()) {
        byte[] head = client.in().readNBytes(12);
        served += new String(head, StandardCharsets.ISO_8859_1).equals("HTTP/1.1 200") ? 1 : 0;
      } catch (IOException cut) {
        assertThat(row.another()).isFalse();
      }
    }
    boolean answered = row.failure().equals("closed_during_response");
    assertThat(served).isEqualTo(row.another() || answered ? 2 : 1);
    assertThat(FaultyBackend.repeated("GET", ill, well)).isEmpty();
  }
}
