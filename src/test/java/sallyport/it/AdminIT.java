package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

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

  @Test
  void aRequestThatComesInPiecesIsAnswered() throws Exception {
    gateway.start(Setup.to("127.0.0.1:1"));
    RawClient client = gateway.closing(RawClient.plain(gateway.gateway().address("admin")));
    for (int i = 0; i < 3; i++) {
      for (char octet : ("GET /healthz" + HOST).toCharArray()) {
        client.send(String.valueOf(octet));
      }
      assertThat(client.read().body()).isEqualTo("ok\n");
    }
  }

  private RawClient.Response ask(String host) throws Exception {
    RawClient client = gateway.closing(RawClient.plain(gateway.gateway().address("admin")));
    return client.send("GET /metrics HTTP/1.1\r\nHost: " + host + "\r\n\r\n").read();
  }

  /** A target that Prometheus finds by its DNS name. */
  @ParameterizedTest
  @CsvSource({
    "gateway-1.clinic.test,200",
    "gateway-1.clinic.test:9901,200",
    "GATEWAY-1.clinic.test.:9901,200",
    "my_gateway,200",
    "gateway-2.clinic.test,421",
    "clinic.test,421",
    "gateway-1.clinic.test.evil.test,421",
    "127.0.0.1:9901,200",
    "'[::1]:9901',200",
    "localhost,200"
  })
  void aNameIsAnsweredWhereTheConfigurationListsIt(String host, int status) throws Exception {
    gateway.start(
        Setup.to("127.0.0.1:1").gateway("admin.hosts = [ Gateway-1.clinic.test., my_gateway ]"));
    assertThat(ask(host).status()).isEqualTo(status);
  }

  @Test
  void anotherNameIsToldWhatToDo() throws Exception {
    gateway.start(Setup.to("127.0.0.1:1"));
    RawClient.Response response = ask("gateway-1.clinic.test");
    assertThat(response.status()).isEqualTo(421);
    assertThat(response.body()).contains("admin.hosts");
  }

  @Test
  void theNamesAreReloaded() throws Exception {
    Path file = gateway.file("gateway.conf");
    Files.writeString(file, Setup.to("127.0.0.1:1").hocon());
    gateway.startFrom(file);
    assertThat(ask("gateway-1.clinic.test").status()).isEqualTo(421);
    Files.writeString(
        file, Setup.to("127.0.0.1:1").gateway("admin.hosts = [ gateway-1.clinic.test ]").hocon());
    assertThat(gateway.reload("").body()).contains("admin: hosts adds gateway-1.clinic.test");
    assertThat(gateway.reload("?allow-weaken=monitoring").statusCode()).isEqualTo(200);
    assertThat(ask("gateway-1.clinic.test").status()).isEqualTo(200);
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
