package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
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
}
