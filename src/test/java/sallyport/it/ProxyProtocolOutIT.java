package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Nginx;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** A backend that demands the PROXY protocol before TLS and says what it read: nginx. */
class ProxyProtocolOutIT {
  /** Who it is for, where they came in, who connected, and what was asked over it before. */
  private static final String ECHO =
      "return 200 \"$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr"
          + " $proxy_protocol_server_port $ssl_client_verify $connection $connection_requests\";";

  private record Seen(
      String client, int clientPort, String server, int serverPort, String connection) {
    static Seen in(RawClient.Response response) {
      assertThat(response.status()).as(response.body()).isEqualTo(200);
      String[] words = response.body().split(" ", -1);
      assertThat(words).hasSize(7);
      assertThat(words[4]).as("the gateway's certificate").isEqualTo("SUCCESS");
      assertThat(words[6]).as("requests on this connection").isEqualTo("1");
      return new Seen(
          words[0], Integer.parseInt(words[1]), words[2], Integer.parseInt(words[3]), words[5]);
    }
  }

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Nginx start(String listen, String backend, String listener) throws IOException {
    Nginx nginx = gateway.closing(Nginx.start(gateway.file("nginx"), listen, ECHO));
    gateway.start(Setup.to(nginx.address()).backend(backend).listener(listener));
    return nginx;
  }

  private void assertTheBackendIsTold(String address) throws IOException {
    RawClient client = gateway.connect();
    Socket socket = client.socket();
    assertThat(Seen.in(client.get("/").read()))
        .extracting(Seen::client, Seen::clientPort, Seen::server, Seen::serverPort)
        .containsExactly(address, socket.getLocalPort(), address, socket.getPort());
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void theBackendIsToldForWhomAConnectionIs(String version) throws IOException {
    start("proxy_protocol", "proxy-protocol = " + version, "");
    assertTheBackendIsTold("127.0.0.1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void anAddressOfIpv6IsToldAsOne(String version) throws IOException {
    start("proxy_protocol", "proxy-protocol = " + version, "bind = \"[::1]:0\"");
    assertTheBackendIsTold("::1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void noTwoExchangesShareAConnection(String version) throws IOException {
    start("proxy_protocol", "proxy-protocol = " + version, "");
    RawClient one = gateway.connect();
    RawClient other = gateway.connect();
    List<Seen> seen = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      seen.add(Seen.in(one.get("/").read()));
      seen.add(Seen.in(other.get("/").read()));
    }
    assertThat(seen).extracting(Seen::connection).doesNotHaveDuplicates();
    for (int i = 0; i < seen.size(); i++) {
      assertThat(seen.get(i).clientPort())
          .isEqualTo((i % 2 == 0 ? one : other).socket().getLocalPort());
    }
    assertThat(gateway.metric("gateway_upstream_handshakes_total")).isEqualTo(10);
  }

  /** Even where the backend would take HTTP/2, which is for many. */
  @Test
  void streamsOfOneHttp2ConnectionHaveConnectionsOfTheirOwn() throws IOException {
    start("proxy_protocol http2", "proxy-protocol = v2", "");
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    for (int stream = 1; stream < 20; stream += 2) {
      client.request(stream, "GET", "/", true, Map.of());
    }
    List<String> connections = new ArrayList<>();
    while (connections.size() < 10) {
      RawHttp2.Frame data =
          client.readUntil(f -> f.type() == RawHttp2.DATA && f.payload().length > 0);
      String[] words = new String(data.payload(), StandardCharsets.US_ASCII).split(" ", -1);
      assertThat(words[0]).isEqualTo("127.0.0.1");
      assertThat(words[6]).as("requests on this connection").isEqualTo("1");
      connections.add(words[5]);
    }
    assertThat(connections).doesNotHaveDuplicates();
  }

  @Test
  void aBackendThatDemandsItRefusesAGatewayThatDoesNotSayIt() throws IOException {
    Nginx nginx = start("proxy_protocol", "proxy-protocol = off", "");
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(502);
    // It is the header that was missing, and not the backend.
    gateway.stop();
    gateway.start(Setup.to(nginx.address()).backend("proxy-protocol = v1"));
    Seen.in(gateway.connect().get("/").read());
  }
}
