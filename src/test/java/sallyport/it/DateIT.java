package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient.Version;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** The Date of responses (RFC 9110 section 6.6.1). */
class DateIT {
  /** IMF-fixdate (RFC 9110 section 5.6.7). */
  private static final String DATE =
      "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9]"
          + " (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
          + " [0-9]{4} [0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT";

  private static final String OLD = "Tue, 03 Nov 2026 08:00:00 GMT";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static void assertDated(RawClient.Response response) {
    assertThat(response.all("date")).singleElement().asString().matches(DATE);
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aResponseThatCameWithoutOneGetsOne(Version version) throws Exception {
    gateway.start(gateway.origin(r -> r.reply(200, "ok")));
    assertThat(gateway.get(version, "/").headers().allValues("date"))
        .singleElement()
        .asString()
        .matches(DATE);
  }

  @Test
  void theBackendsOwnStays() throws IOException {
    gateway.start(gateway.origin(r -> r.reply(200, "ok", "Date: " + OLD)));
    assertThat(gateway.connect().get("/").read().all("date")).containsExactly(OLD);
  }

  @Test
  void interimResponsesGetNone() throws IOException {
    gateway.start(
        gateway.origin(
            r -> {
              r.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
              r.reply(200, "ok");
            }));
    RawClient client = gateway.connect().get("/");
    RawClient.Response hints = client.readHead();
    assertThat(hints.status()).isEqualTo(103);
    assertThat(hints.all("date")).isEmpty();
    assertDated(client.read());
  }

  @Test
  void aChangeToWebSocketGetsNone() throws IOException {
    gateway.start(gateway.origin(r -> r.agreeToWebSocket()));
    RawClient client = gateway.connect();
    client.get(
        "/",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    RawClient.Response response = client.readHead();
    assertThat(response.status()).isEqualTo(101);
    assertThat(response.all("date")).isEmpty();
  }

  @Test
  void theGatewaysOwnAnswersHaveOne() throws IOException {
    gateway.start(Setup.to("127.0.0.1:1").route("path = /app").limits("max-header = 4KiB"));
    for (String path : List.of("/app", "/other")) {
      assertDated(gateway.connect().get(path).read());
    }
    assertDated(gateway.connect().send("broken\r\n\r\n").read());
    assertDated(gateway.connectPlain().get("/").read());
    RawClient admin = gateway.closing(RawClient.plain(gateway.gateway().address("admin")));
    assertDated(admin.get("/healthz").read());
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    http2.request(1, "GET", "/", true, Map.of("x-large", "x".repeat(4300)));
    var head = http2.readHead(1);
    assertThat(head.status()).hasToString("431");
    assertThat(head.getAll("date")).singleElement().asString().matches(DATE);
  }
}
