package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.http.HttpClient.Version;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** The same exchange over each way of driving sockets. */
class TransportIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "auto"})
  void anExchangePassesOverTheTransportThatIsAskedFor(String transport) throws Exception {
    gateway.start(
        Setup.to(gateway.origin(request -> request.reply(200, "through")))
            .gateway("runtime.transport = " + transport));
    for (Version version : Version.values()) {
      if (version != Version.HTTP_1_1 && version != Version.HTTP_2) {
        continue;
      }
      assertThat(gateway.get(version, "/").body()).isEqualTo("through");
    }
    String running = transport.equals("auto") ? "epoll" : transport;
    assertThat(gateway.metric("gateway_downstream_transport_info", "transport=\"" + running + "\""))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void aStarBindsEveryAddress(String transport) throws Exception {
    gateway.startWith(
        Setup.to(gateway.origin(request -> request.reply(200, "through")))
            .gateway("runtime.transport = " + transport)
            .hocon()
            .replaceAll("(?<!admin\\.)bind = \"127.0.0.1:0\"", "bind = \"*:0\""));
    int port = gateway.https().getPort();
    assertThat(statusAt("127.0.0.1", port)).isEqualTo(200);
    if (gateway.https().getAddress() instanceof Inet6Address) {
      assertThat(statusAt("::1", port)).isEqualTo(200);
    }
  }

  private int statusAt(String address, int port) throws IOException {
    return gateway.closing(RawClient.tls(new InetSocketAddress(address, port))).status();
  }

  /** Where the kernel or its sandbox forbids io_uring, NIO takes its place and says so. */
  @ParameterizedTest
  @ValueSource(strings = "io_uring")
  void ioUringServesOrGivesWayToNio(String transport) throws Exception {
    gateway.start(
        Setup.to(gateway.origin(request -> request.reply(200, "through")))
            .gateway("runtime.transport = " + transport));
    assertThat(gateway.get(Version.HTTP_1_1, "/").body()).isEqualTo("through");
    assertThat(gateway.get(Version.HTTP_2, "/").body()).isEqualTo("through");
    String expected = io.netty.channel.uring.IoUring.isAvailable() ? "io_uring" : "nio";
    assertThat(
            gateway.metric("gateway_downstream_transport_info", "transport=\"" + expected + "\""))
        .isEqualTo(1);
  }
}
