package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Routes whose answer is the gateway's own: redirects and fixed answers. */
class RouteAnswersIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin start(String route) {
    Origin origin = gateway.origin(r -> r.reply(200, "of the backend"));
    gateway.start(
        Setup.to(origin)
            .tls("client-auth { mode = optional, trust = clients-ca.pem }")
            .routes(
                "{ name = app, backend = app }, { name = answers, path = \"/old\", "
                    + route
                    + " }"));
    return origin;
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /old, 308, /new",
    "GET, /old/x/y?q=1, 308, /new/x/y?q=1",
    "POST, /old/x, 308, /new/x",
    "HEAD, /old/x, 308, /new/x",
    "GET, /other, 200,",
    "GET, //old/x, 400,"
  })
  void aRouteRedirects(String method, String path, int status, @Nullable String location)
      throws IOException {
    Origin origin = start("redirect { to = \"/new{rest}{query}\" }");
    RawClient client = gateway.connect();
    client.send(
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\n"
            + (method.equals("POST") ? "Content-Length: 2\r\n\r\nhi" : "\r\n"));
    RawClient.Response response = method.equals("HEAD") ? client.readHead() : client.read();
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.header("location")).isEqualTo(location);
    if (status == 308) {
      assertThat(gateway.access().awaitContaining("\"status\":308"))
          .contains("\"route\":\"answers\"");
      gateway.awaitMetric(1, "gateway_downstream_requests_total", "route=\"answers\"");
      assertThat(gateway.connect().get("/other").read().body()).isEqualTo("of the backend");
      assertThat(origin.requests()).hasSize(1);
    }
  }

  @Test
  void theConnectionStays() throws IOException {
    start("redirect { to = \"/new\", status = 302 }");
    RawClient client = gateway.connect();
    assertThat(client.get("/old").read().status()).isEqualTo(302);
    assertThat(client.get("/old").read().status()).isEqualTo(302);
    assertThat(client.get("/").read().body()).isEqualTo("of the backend");
  }

  @Test
  void aRouteRespondsWithAFile() throws IOException {
    Files.writeString(gateway.file("closed.html"), "<p>closed: ä");
    Origin origin =
        start(
            "respond { status = 503, body-file = closed.html },"
                + " response-headers.set { Retry-After = \"600\" },"
                + " security-headers.set.x-frame-options = DENY");
    RawClient.Response response = gateway.connect().get("/old/x").read();
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.all("content-length")).containsExactly("13");
    assertThat(response.all("content-type")).containsExactly("text/html; charset=utf-8");
    assertThat(response.all("retry-after")).containsExactly("600");
    assertThat(response.all("x-frame-options")).containsExactly("DENY");
    assertThat(response.all("strict-transport-security")).hasSize(1);
    assertThat(response.all("x-request-id")).hasSize(1);
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    http2.request(1, "GET", "/old", /* end= */ true, Map.of());
    Http2Headers head = http2.readHead(1);
    assertThat(head.status()).hasToString("503");
    assertThat(head.get("retry-after")).hasToString("600");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void anAnswerWithoutContentHasNoLength() throws IOException {
    start("respond.status = 204");
    RawClient client = gateway.connect();
    RawClient.Response response = client.get("/old").readHead();
    assertThat(response.status()).isEqualTo(204);
    assertThat(response.header("content-length")).isNull();
    assertThat(client.get("/old").readHead().status()).isEqualTo(204);
  }

  @Test
  void accessIsDecidedBeforeTheAnswer() throws IOException {
    start("client-auth = required, respond { status = 200, body = ok }");
    assertThat(gateway.connect().get("/old").read().status()).isEqualTo(403);
  }

  @Test
  void aReloadReadsTheFileAgain() throws Exception {
    Files.writeString(gateway.file("page.txt"), "one");
    String hocon =
        Setup.to("127.0.0.1:1")
            .routes("{ respond { status = 200, body-file = page.txt } }")
            .hocon();
    Files.writeString(gateway.file("gateway.conf"), hocon);
    gateway.startFrom(gateway.file("gateway.conf"));
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("one");
    Files.writeString(gateway.file("page.txt"), "two");
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("two");
  }
}
