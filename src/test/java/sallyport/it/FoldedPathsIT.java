package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Paths that a backend could fold into those of a route that demands more. */
class FoldedPathsIT {
  private static final String WEB_SOCKET =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin start(String routes) {
    Origin origin = gateway.origin(r -> r.reply(200, r.line()));
    gateway.start(
        Setup.to(origin)
            .tls("client-auth { mode = optional, trust = clients-ca.pem }")
            .routes(routes));
    return origin;
  }

  private Origin admin(String open) {
    return start(
        "{ name = admin, path = /admin, backend = app, client-auth = required },"
            + "{ name = open, backend = app, "
            + open
            + " }");
  }

  private RawClient.Response ask(String target, String fields) throws IOException {
    RawClient client = gateway.connect();
    client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
    return client.read();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//admin/x",
        "///admin/x",
        "/;/admin/x",
        "/admin;a=1/x",
        "/admin%3Ba=1/x",
        "/ADMIN/x",
        "/%41dmin/x",
        "/admin./x",
        "/admin%20/x",
        "/%2561dmin/x",
        "/open/%252e%252e/admin/x",
        "https://localhost//admin/x"
      })
  void aPathThatIsFoldedIntoAStricterRouteIsRefusedAndAudited(String target) throws IOException {
    Origin origin = admin("");
    RawClient.Response response = ask(target, "");
    assertThat(response.status()).isEqualTo(400);
    assertThat(origin.requests()).isEmpty();
    assertThat(gateway.audit().awaitContaining("ambiguous-route"))
        .contains("\"reason\":\"ambiguous_route\"")
        .contains("\"route\":\"open\"")
        .contains("\"folded_route\":\"admin\"");
    assertThat(gateway.access().awaitContaining("ambiguous_route"))
        .contains("\"route\":\"open\"")
        .contains("\"status\":400");
    assertThat(gateway.metric("gateway_downstream_requests_refused_total", "\"ambiguous_route\""))
        .isEqualTo(1);
  }

  @Test
  void aRequestToChangeToWebSocketIsHeldToTheSame() throws IOException {
    Origin origin = admin("");
    assertThat(ask("/Admin/x", WEB_SOCKET).status()).isEqualTo(400);
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void streamsOfHttp2AreHeldToTheSame() throws IOException {
    Origin origin = admin("");
    try (RawHttp2 client = RawHttp2.connect(gateway.https())) {
      client.get(1, "//admin/x");
      assertThat(client.readHead(1).status()).hasToString("400");
      client.requestWebSocket(3, "/admin;a/x");
      assertThat(client.readHead(3).status()).hasToString("400");
    }
    assertThat(origin.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"//open//x", "/Open/X", "/open;a=1/x.", "/open%20/x%253Bb", "/administer"})
  void whatFallsUnderNoStricterRoutePassesAsItCame(String path) throws IOException {
    admin("");
    assertThat(ask(path, "").body()).isEqualTo("GET " + path + " HTTP/1.1");
  }

  @Test
  void theAsteriskPasses() throws IOException {
    admin("");
    RawClient client = gateway.connect();
    client.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assertThat(client.read().body()).isEqualTo("OPTIONS * HTTP/1.1");
  }

  @Test
  void aBackendThatTellsCasesApartGetsThemWhereTheRouteSaysSo() throws IOException {
    Origin origin =
        admin("backend-folds = [ empty-segments, parameters, trailing-dots, loose-decoding ]");
    assertThat(ask("/Admin/x", "").body()).isEqualTo("GET /Admin/x HTTP/1.1");
    assertThat(ask("//admin/x", "").status()).isEqualTo(400);
    assertThat(origin.requests()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "max-body = 1KiB",
        "websocket = false",
        "security-headers.preset = helmet",
        "client-allow = [ \"dns:lab.test\" ]"
      })
  void everyDemandIsGuarded(String demand) throws IOException {
    Origin origin =
        start(
            "{ name = strict, path = /strict, backend = app, "
                + demand
                + " }, { name = open, backend = app }");
    assertThat(ask("//strict", "").status()).isEqualTo(400);
    assertThat(ask("//lax", "").status()).isEqualTo(200);
    assertThat(origin.requests()).hasSize(1);
  }

  @Test
  void aRouteThatDemandsLessIsNotGuarded() throws IOException {
    start(
        "{ name = uploads, path = /uploads, backend = app, max-body = 1GiB, websocket = true },"
            + "{ name = open, backend = app, security-headers.preset = helmet, websocket = false }");
    assertThat(ask("/Uploads//x", "").status()).isEqualTo(200);
  }
}
