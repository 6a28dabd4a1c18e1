package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.TestPki;

/** The three tests of the encryption playbook, by their names there. */
@OneLane("The commands of a page of the documentation.")
class PlaybookIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();
  private Origin origin;

  @BeforeEach
  void start() {
    origin = gateway.origin(request -> request.reply(200, "hello"));
    gateway.start(origin);
  }

  @Test
  void plainHttpIsNotServed() throws IOException {
    RawClient client = gateway.connectPlain();
    assertThat(client.get("/hello").read().status()).isEqualTo(301);
    assertThat(origin.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void tls12OrBetterAnswers200(String version) throws IOException {
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(new String[] {version});
    try (var socket =
        RawClient.handshake(
            gateway.https(), TestPki.context(null, TestPki.FRONT), "localhost", parameters)) {
      assertThat(socket.getSession().getProtocol()).isEqualTo(version);
    }
    assertThat(gateway.connect().get("/hello").read().status()).isEqualTo(200);
  }

  @Test
  void httpRedirects301ToHttps() throws IOException {
    RawClient.Response response = gateway.connectPlain().get("/a?b=c").read();
    assertThat(response.status()).isEqualTo(301);
    assertThat(response.header("location"))
        .isEqualTo("https://localhost:" + gateway.https().getPort() + "/a?b=c");
  }

  @Test
  void plainHttpOnTheTlsPortIsTold() throws IOException {
    RawClient client = gateway.closing(RawClient.plain(gateway.https()));
    RawClient.Response response = client.get("/hello?patient=smith").read();
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.body()).doesNotContain("smith");
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("\"reason\":\"plain_http\"")
        .doesNotContain("smith");
  }
}
