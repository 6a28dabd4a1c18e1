package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawClient;

/** The admin listener as a server of HTTP/1.1. */
class AdminIT {
  private static final String HOST = " HTTP/1.1\r\nHost: localhost\r\n\r\n";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() throws Exception {
    gateway.start(gateway.origin(r -> r.reply(200, "ok")));
    RawClient client = gateway.closing(RawClient.plain(gateway.gateway().address("admin")));
    client.send(("GET /metrics" + HOST + "GET /healthz" + HOST).repeat(20));
    for (int i = 0; i < 20; i++) {
      assertThat(client.read().body()).startsWith("# HELP");
      assertThat(client.read().body()).isEqualTo("ok\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    // As health checks of load balancers ask.
    "GET /healthz HTTP/1.0\\r\\n\\r\\n,200",
    "GET /healthz HTTP/1.1\\r\\nHost: localhost:\\r\\n\\r\\n,200",
    "GET /healthz HTTP/1.1\\r\\nHost: LOCALHOST:80\\r\\n\\r\\n,200",
    "GET /healthz HTTP/1.1\\r\\nHost: [::1]:\\r\\n\\r\\n,200",
    "GET /healthz HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n,200",
    "GET /healthz HTTP/1.1\\r\\n\\r\\n,421",
    "GET /healthz HTTP/1.0\\r\\nHost: evil.test\\r\\n\\r\\n,421",
    "GET /healthz HTTP/1.1\\r\\nHost: localhost:x\\r\\n\\r\\n,421",
    "GET /healthz HTTP/1.1\\r\\nHost: localhost\\r\\nHost: evil.test\\r\\n\\r\\n,421",
    "GET /healthz HTTP/1.1\\r\\nHost: [evil]\\r\\n\\r\\n,421"
  })
  void onlyRequestsForAnAddressOrForNoNameAreAnswered(String request, int status) throws Exception {
    gateway.start(gateway.origin(r -> r.reply(200, "ok")));
    RawClient client = gateway.closing(RawClient.plain(gateway.gateway().address("admin")));
    assertThat(client.send(request.translateEscapes()).read().status()).isEqualTo(status);
  }
}
