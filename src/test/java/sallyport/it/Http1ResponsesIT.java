package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawTable;
import sallyport.testkit.RawTable.Row;
import sallyport.testkit.Setup;

/**
 * Every row of {@code http1-responses.table}: a backend's answer is passed on when nobody could
 * read it in two ways, and never to another client than the one who asked.
 */
@OneLane("A table of messages, each alone on its connection.")
class Http1ResponsesIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static final List<Row> ROWS = RawTable.responses();

  @TestFactory
  Stream<DynamicTest> inOnePiece() {
    return tests(false);
  }

  @TestFactory
  Stream<DynamicTest> octetByOctet() {
    return tests(true);
  }

  @Test
  void theTableIsLongEnoughToBeTrusted() {
    assertThat(ROWS).hasSizeGreaterThan(60);
    assertThat(ROWS.stream().map(Row::title)).doesNotHaveDuplicates();
    assertThat(ROWS).allMatch(row -> row.verdict().matches("(cut |ws )?\\d\\d\\d( hi)?"));
  }

  private Stream<DynamicTest> tests(boolean byOctet) {
    AtomicReference<String> bytes = new AtomicReference<>("");
    Origin origin =
        gateway.origin(
            request -> {
              if (request.line().contains("/own")) {
                request.reply(200, "own");
                return;
              }
              String answer = bytes.get();
              for (int i = 0; byOctet && i < answer.length() - 1; i++) {
                request.write(answer.substring(i, i + 1));
              }
              request.write(byOctet ? answer.substring(answer.length() - 1) : answer);
              request.close();
            });
    gateway.start(Setup.to(origin));
    return ROWS.stream()
        .map(
            row ->
                DynamicTest.dynamicTest(
                    row.title(),
                    () -> {
                      bytes.set(row.bytes());
                      check(row);
                    }));
  }

  private void check(Row row) throws IOException {
    boolean webSocket = row.verdict().startsWith("ws ");
    String[] verdict = row.verdict().substring(webSocket ? 3 : 0).split(" ", 2);
    try (RawClient client = RawClient.tls(gateway.https())) {
      if (webSocket) {
        client.get(
            "/row",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
      } else {
        client.get("/row");
      }
      if (verdict[0].equals("cut")) {
        assertThatThrownBy(client::read).isInstanceOf(IOException.class);
      } else {
        RawClient.Response response = client.read();
        while (response.status() < 200 && response.status() != 101) {
          response = client.read();
        }
        assertThat(response.status()).isEqualTo(Integer.parseInt(verdict[0]));
        if (verdict[0].equals("502")) {
          assertThat(gateway.access().all().getLast())
              .contains("\"failure\":\"bad_response\"")
              .contains("\"reason\":\"");
        } else {
          String body =
              response.status() == 101
                  ? new String(client.in().readAllBytes(), StandardCharsets.ISO_8859_1)
                  : response.body();
          assertThat(body).isEqualTo(verdict.length > 1 ? verdict[1] : "");
          assertThat(
                  response.all("transfer-encoding").size() + response.all("content-length").size())
              .isLessThan(2);
        }
      }
    }
    try (RawClient next = RawClient.tls(gateway.https())) {
      assertThat(next.get("/own").read().body()).isEqualTo("own");
    }
  }
}
