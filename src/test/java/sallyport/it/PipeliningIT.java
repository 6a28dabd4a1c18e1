package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawClient;

/** Requests that come before the answer to the one in front of them. */
class PipeliningIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  @Test
  void aBodyThatComesInTwoReadsBehindAnotherRequestIsReadToItsEnd() throws Exception {
    gateway.start(
        gateway.origin(r -> r.answer(200, r.line().startsWith("POST") ? r.body() : "first")));
    RawClient client = gateway.connect();
    // Leaves an idle connection to the backend, so that the next request need not wait for one.
    assertThat(client.get("/").read().body()).isEqualTo("first");
    client.send(
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
            + "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n01234");
    assertThat(client.read().body()).isEqualTo("first");
    client.send("56789");
    assertThat(client.read().body()).isEqualTo("0123456789");
  }
}
