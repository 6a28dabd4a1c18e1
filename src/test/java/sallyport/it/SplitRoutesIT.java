package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Routes whose requests several backends share. */
class SplitRoutesIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private String configuration(String route) {
    Origin app = gateway.origin(r -> r.reply(200, "app"));
    Origin next = gateway.origin(r -> r.reply(200, "next"));
    return Setup.to(app)
        .routes("{ name = shared, " + route + " }")
        .gateway(
            "backends.next { endpoints = [ \""
                + next.address()
                + "\" ], tls { trust = backend-ca.pem, server-name = legacy.internal,"
                + " certificate { chain = client.pem, key = client.key } } }")
        .hocon();
  }

  private String ask(String cookie) throws IOException {
    RawClient client = gateway.connect();
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\n" + cookie + "\r\n");
    return client.read().body();
  }

  @Test
  void bothBackendsServeRequestsOfOneConnection() throws IOException {
    gateway.startWith(configuration("backends { app = 1, next = 1 }"));
    RawClient client = gateway.connect();
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    Set<String> served = new HashSet<>();
    int stream = 1;
    for (int i = 0; i < 100 && served.size() < 2; i++) {
      served.add(client.get("/").read().body());
      http2.request(stream, "GET", "/", /* end= */ true, Map.of());
      assertThat(http2.readHead(stream).status()).hasToString("200");
      stream += 2;
    }
    assertThat(served).containsExactlyInAnyOrder("app", "next");
    assertThat(gateway.metric("gateway_downstream_requests_total", "backend=\"next\""))
        .isPositive();
    assertThat(gateway.metric("gateway_downstream_requests_total", "backend=\"app\"")).isPositive();
    assertThat(gateway.access().awaitContaining("\"backend\":\"next\""))
        .contains("\"route\":\"shared\"");
    assertThat(gateway.admin("/status").body()).contains("\"backend\": \"app 1, next 1\"");
  }

  @Test
  void aCookieKeepsItsBackendOverConnections() throws IOException {
    gateway.startWith(
        configuration("backends { app = 1, next = 1 }, split { key = cookie, name = SESSION }"));
    Set<String> served = new HashSet<>();
    for (int i = 0; i < 100 && served.size() < 2; i++) {
      String cookie = "Cookie: SESSION=" + i + "\r\n";
      String first = ask(cookie);
      assertThat(ask(cookie)).isEqualTo(first);
      served.add(first);
    }
    assertThat(served).hasSize(2);
  }

  @Test
  void aReloadMovesTheShares() throws Exception {
    String hocon = configuration("backends { app = 1, next = 0 }");
    Files.writeString(gateway.file("gateway.conf"), hocon);
    gateway.startFrom(gateway.file("gateway.conf"));
    for (int i = 0; i < 10; i++) {
      assertThat(ask("")).isEqualTo("app");
    }
    Files.writeString(
        gateway.file("gateway.conf"), hocon.replace("app = 1, next = 0", "app = 0, next = 1"));
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    for (int i = 0; i < 10; i++) {
      assertThat(ask("")).isEqualTo("next");
    }
  }
}
