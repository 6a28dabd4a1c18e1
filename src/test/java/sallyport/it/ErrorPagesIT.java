package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Pages of the gateway's own failures, and routes in maintenance. */
class ErrorPagesIT {
  private static final String HTML = "text/html; charset=utf-8";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin start(String routes) throws IOException {
    Files.writeString(gateway.file("5xx.html"), "<p>all: ü");
    Files.writeString(gateway.file("503.json"), "{}");
    Files.writeString(gateway.file("404.txt"), "where?");
    Origin origin = gateway.origin(r -> r.reply(502, "of the backend"));
    gateway.start(
        Setup.to(origin)
            .routes(routes)
            .gateway(
                "error-pages { 5xx = 5xx.html, 404 = 404.txt }, keys.watch = 100ms,"
                    + " backends.gone { endpoints = [ \"127.0.0.1:1\" ],"
                    + " tls { trust = backend-ca.pem,"
                    + " certificate { chain = client.pem, key = client.key } } }"));
    return origin;
  }

  @ParameterizedTest
  @CsvSource({
    // The longest path, then the page of the route, then that of the gateway.
    "/gone, 502, text/html; charset=utf-8, <p>all: ü",
    "/own, 502, application/json, {}",
    "/other, 404, text/plain; charset=utf-8, where?",
    "/app, 502, , of the backend",
    "/app%2Fx, 400, text/plain; charset=us-ascii, 400 Bad Request"
  })
  void theGatewaysOwnFailuresHavePages(String path, int status, String type, String body)
      throws IOException {
    start(
        "{ path = /gone, backend = gone },"
            + " { path = /own, backend = gone, error-pages.502 = 503.json },"
            + " { path = /app, backend = app }");
    RawClient client = gateway.connect();
    RawClient.Response response = client.get(path).read();
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.header("content-type")).isEqualTo(type);
    assertThat(response.body().strip()).isEqualTo(body);
    int length = body.getBytes(StandardCharsets.UTF_8).length;
    if (status != 400) {
      client.send("HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
      RawClient.Response head = client.readWithoutBody();
      assertThat(head.status()).isEqualTo(status);
      assertThat(head.header("content-length")).isEqualTo(Integer.toString(length));
      // The connection is in order: nothing of a body followed the head.
      assertThat(client.get(path).read().status()).isEqualTo(status);
    }
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    http2.request(1, "GET", path, /* end= */ true, Map.of());
    Http2Headers head = http2.readHead(1);
    assertThat(head.status()).hasToString(Integer.toString(status));
    if (type != null) {
      assertThat(head.get("content-type")).hasToString(type);
    }
  }

  @Test
  void aRouteInMaintenanceReachesNoBackend() throws IOException {
    Origin origin =
        start(
            "{ backend = app, maintenance = on, error-pages.503 = 503.json,"
                + " security-headers.set.x-frame-options = DENY }");
    RawClient client = gateway.connect();
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi");
    RawClient.Response response = client.read();
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.all("retry-after")).containsExactly("300");
    assertThat(response.all("content-type")).containsExactly("application/json");
    assertThat(response.all("x-frame-options")).containsExactly("DENY");
    assertThat(response.body()).isEqualTo("{}");
    assertThat(gateway.access().awaitContaining("\"failure\":\"maintenance\"")).contains("*/");
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    http2.request(1, "GET", "/", /* end= */ true, Map.of());
    Http2Headers head = http2.readHead(1);
    assertThat(head.status()).hasToString("503");
    assertThat(head.get("retry-after")).hasToString("300");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void aFilePutsARouteIntoMaintenanceWithoutAReload() throws IOException {
    start("{ name = app, backend = app, maintenance { file = closed, retry-after = 90s } }");
    RawClient client = gateway.connect();
    assertThat(client.get("/").read().body()).isEqualTo("of the backend");
    Files.createFile(gateway.file("closed"));
    Eventually.equal("status", 503, () -> status(client));
    assertThat(gateway.audit().awaitContaining("maintenance"))
        .contains("\"from\":\"off\",\"to\":\"on\"");
    RawClient.Response response = client.get("/").read();
    assertThat(response.header("retry-after")).isEqualTo("90");
    assertThat(response.header("content-type")).isEqualTo(HTML);
    Files.delete(gateway.file("closed"));
    Eventually.equal("status", 502, () -> status(client));
    gateway.awaitMetric(
        2, "gateway_tls_rotations_total", "use=\"maintenance\"", "outcome=\"rotated\"");
  }

  private static int status(RawClient client) {
    try {
      return client.get("/").read().status();
    } catch (IOException cut) {
      throw new AssertionError(cut);
    }
  }

  @Test
  void aFileThatIsThereAtTheStartCounts() throws IOException {
    Files.createFile(gateway.file("closed"));
    Origin origin = start("{ backend = app, maintenance.file = closed }");
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(503);
    assertThat(origin.requests()).isEmpty();
  }
}
