package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** SIGHUP to a gateway in a process of its own. */
@OneLane("The gateway is a process of its own, with a configuration of its own.")
class HangupIT {
  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  @Test
  void itReadsTheConfigurationAgain() throws Exception {
    Path file = fixture.file("gateway.conf");
    Files.writeString(file, Setup.to(fixture.origin(r -> r.reply(200, "one"))).hocon());
    try (Script gateway = Script.start(fixture.folder(), "run", "-c", "gateway.conf")) {
      int port = DemoIT.port(gateway.awaitLine("serving "), "https");
      InetSocketAddress https = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      assertThat(get(https)).isEqualTo("one");
      RawClient idle = fixture.closing(RawClient.tls(https));
      Files.writeString(file, Setup.to(fixture.origin(r -> r.reply(200, "two"))).hocon());
      gateway.signal("HUP");
      // It ends with the configuration that it began with.
      assertThat(idle.isClosedByPeer()).isTrue();
      assertThat(get(https)).isEqualTo("two");
      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
      assertThat(gateway.err()).contains("\"event\":\"config-reloaded\",\"trigger\":\"signal\"");
    }
  }

  private static String get(InetSocketAddress https) throws Exception {
    try (RawClient client = RawClient.tls(https)) {
      return client.get("/").read().body();
    }
  }
}
