package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.RawHttp2Origin;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/**
 * Rules that a backend may be allowed to break, each by a setting of its own: refused without it,
 * with the reason in log, metric and audit log; with it the client gets canonical HTTP.
 */
class LenientBackendsIT {
  private static final String[] WEB_SOCKET = {
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
  };
  private static final String SWITCH =
      "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private void start(String endpoint, String lenient) {
    gateway.start(Setup.to(endpoint).backend("lenient = [ " + lenient + " ]"));
  }

  private Origin answering(String bytes) {
    return gateway.origin(
        r -> {
          r.write(bytes);
          r.awaitEnd();
        });
  }

  private void assertNamed(String reason) {
    assertThat(gateway.access().awaitContaining("\"reason\":\"" + reason + "\""))
        .contains("\"backend\":\"app\"");
    assertThat(gateway.audit().awaitContaining("response-refused"))
        .contains("\"reason\":\"" + reason + "\"");
    assertThat(gateway.metric("gateway_upstream_bad_responses_total", "reason=\"" + reason + "\""))
        .isEqualTo(1);
  }

  private RawClient ask(String bytes) throws IOException {
    return bytes.startsWith("HTTP/1.1 101")
        ? gateway.connect().get("/", WEB_SOCKET)
        : gateway.connect().get("/");
  }

  private static String bytes(String text) {
    return text.replace("{ok}", "HTTP/1.1 200 OK\\r\\n")
        .replace("{chunked}", "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n")
        .replace("{switch}", SWITCH)
        .replace("\\r", "\r")
        .replace("\\n", "\n")
        .replace("\\t", "\t");
  }

  /** Heads that have not been passed on when the fault is found. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          empty-chunked-204 | unexpected_content | HTTP/1.1 204 None\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\nX: a\\r\\n\\r\\n | 204 |
          equal-content-lengths | multiple_content_length | {ok}Content-Length: 2\\r\\nContent-Length: 2\\r\\n\\r\\nhi | 200 | hi
          equal-content-lengths | multiple_content_length | {ok}Content-Length: 2, 02\\r\\n\\r\\nhi | 200 | hi
          unusual-statuses | status_out_of_range | HTTP/1.1 600 Odd\\r\\nContent-Length: 2\\r\\n\\r\\nhi | 600 | hi
          unusual-statuses | status_out_of_range | HTTP/1.1 999 Odd\\r\\nContent-Length: 2\\r\\n\\r\\nhi | 999 | hi
          bare-lf | bad_line_end | HTTP/1.1 200 OK\\nContent-Length: 2\\n\\nhi | 200 | hi
          bare-lf | bad_line_end | HTTP/1.1 200 OK\\r\\nContent-Length: 2\\n\\r\\nhi | 200 | hi
          zero-length-101 | interim_with_content | {switch}Content-Length: 0\\r\\n\\r\\n | 101 |
          """)
  void aHeadThatBreaksARule(String setting, String reason, String text, int status, String body)
      throws IOException {
    String bytes = bytes(text);
    Origin origin = answering(bytes);
    try (LogLines people = new LogLines("sallyport.connect.endpoint.EndpointObserver")) {
      start(origin.address(), "");
      assertThat(ask(bytes).read().status()).isEqualTo(502);
      assertNamed(reason);
      assertThat(people.awaitContaining(reason)).contains("backend app");
    }
    gateway.stop();
    start(origin.address(), setting);
    RawClient.Response response = ask(bytes).read();
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.body()).isEqualTo(body == null ? "" : body);
    assertThat(response.all("transfer-encoding")).isEmpty();
    assertThat(response.all("content-length")).hasSize(body == null ? 0 : 1);
  }

  @ParameterizedTest
  @CsvSource({"' 2'", "'2 '", "'\t2\t;a=b'", "0000000000000000000002"})
  void aChunkSizeThatIsPadded(String size) throws IOException {
    String bytes = bytes("{chunked}" + size + "\\r\\nhi\\r\\n0\\r\\n\\r\\n");
    Origin origin = answering(bytes);
    start(origin.address(), "");
    gateway.connect().get("/");
    assertNamed("padded_chunk_size");
    gateway.stop();
    start(origin.address(), "padded-chunk-sizes");
    RawClient.Response response = gateway.connect().get("/").read();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("hi");
  }

  @Test
  void moreThanSixteenInterimResponses() throws IOException {
    Origin origin =
        answering(
            "HTTP/1.1 102 Processing\r\n\r\n".repeat(20)
                + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    start(origin.address(), "");
    gateway.connect().get("/");
    assertNamed("too_many_interim_responses");
    gateway.stop();
    start(origin.address(), "many-interim-responses");
    RawClient client = gateway.connect().get("/");
    List<Integer> statuses = new ArrayList<>();
    do {
      statuses.add(client.read().status());
    } while (statuses.getLast() < 200);
    assertThat(statuses).hasSize(21).endsWith(200);
  }

  /** A setting forgives its own rule, and only where nothing else is wrong. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          empty-chunked-204 | unexpected_content | HTTP/1.1 204 None\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n2\\r\\nhi\\r\\n0\\r\\n\\r\\n
          equal-content-lengths | multiple_content_length | {ok}Content-Length: 2\\r\\nContent-Length: 3\\r\\n\\r\\nhi!
          equal-content-lengths | both_te_cl_present | {ok}Content-Length: 2\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n
          padded-chunk-sizes | bad_chunk | {chunked}2 2\\r\\nhi\\r\\n0\\r\\n\\r\\n
          padded-chunk-sizes | bad_chunk | {chunked}0x2\\r\\nhi\\r\\n0\\r\\n\\r\\n
          unusual-statuses | status_out_of_range | HTTP/1.1 099 Odd\\r\\nContent-Length: 2\\r\\n\\r\\nhi
          bare-lf | bad_chunk | {chunked}2\\nhi\\r\\n0\\r\\n\\r\\n
          bare-lf | bad_header | {ok}X: a\\rb\\nContent-Length: 2\\r\\n\\r\\nhi
          zero-length-101 | interim_with_content | HTTP/1.1 103 Hints\\r\\nContent-Length: 0\\r\\n\\r\\n
          """)
  void nothingElseIsForgiven(String setting, String reason, String text) throws IOException {
    Origin origin = answering(bytes(text));
    start(origin.address(), setting);
    gateway.connect().get("/");
    assertNamed(reason);
  }

  /** Answers with a body that ends with the connection, and ends TCP alone. */
  private String cutting() throws IOException {
    ServerSocket server = gateway.closing(new ServerSocket(0, 5, InetAddress.getLoopbackAddress()));
    SSLContext context = TestPki.context(TestPki.BACKEND, TestPki.BACK);
    Thread.ofVirtual()
        .start(
            () -> {
              while (!server.isClosed()) {
                try (Socket tcp = server.accept()) {
                  SSLSocket tls =
                      (SSLSocket)
                          context
                              .getSocketFactory()
                              .createSocket(tcp, null, tcp.getPort(), /* autoClose= */ false);
                  tls.setUseClientMode(false);
                  tls.setNeedClientAuth(true);
                  byte[] request = new byte[4096];
                  int read = tls.getInputStream().read(request);
                  assertThat(read).isPositive();
                  tls.getOutputStream()
                      .write("HTTP/1.1 200 OK\r\n\r\nhi".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException ended) {
                  // With the test, or by the gateway.
                }
              }
            });
    return "127.0.0.1:" + server.getLocalPort();
  }

  @Test
  void aBodyThatEndsWithoutCloseNotify() throws IOException {
    String backend = cutting();
    start(backend, "");
    gateway.connect().get("/");
    assertNamed("no_close_notify");
    gateway.stop();
    start(backend, "no-close-notify");
    RawClient.Response response = gateway.connect().get("/").read();
    assertThat(response.body()).isEqualTo("hi");
    assertThat(response.all("transfer-encoding")).containsExactly("chunked");
  }

  @ParameterizedTest
  @CsvSource({
    "unusual-statuses, status_out_of_range, 600, 0",
    "many-interim-responses, too_many_interim_responses, 200, 17"
  })
  void overHttp2(String setting, String reason, int status, int interim) throws Exception {
    for (String lenient : new String[] {"", setting}) {
      RawHttp2Origin origin = gateway.closing(RawHttp2Origin.start(100));
      start(origin.address(), lenient);
      RawClient client = gateway.connect().get("/");
      RawHttp2Origin.Held held = origin.take(1).getFirst();
      for (int i = 0; i < interim; i++) {
        held.connection().literals(0, held.stream(), List.of(Map.entry(":status", "103")));
      }
      held.connection()
          .literals(
              RawHttp2.END_STREAM,
              held.stream(),
              List.of(Map.entry(":status", Integer.toString(status))));
      RawClient.Response response = client.read();
      while (response.status() == 103) {
        response = client.read();
      }
      if (lenient.isEmpty()) {
        assertThat(response.status()).isEqualTo(502);
        assertNamed(reason);
        gateway.stop();
      } else {
        assertThat(response.status()).isEqualTo(status);
      }
    }
  }
}
