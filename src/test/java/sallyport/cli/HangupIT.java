package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** SIGHUP to a gateway in a process of its own. */
class HangupIT {
  private static final Pattern HTTPS = Pattern.compile("https=\\S*:(\\d+)");

  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  @Test
  void itReadsTheConfigurationAgain() throws Exception {
    Path file = fixture.file("gateway.conf");
    Files.writeString(file, Setup.to(fixture.origin(r -> r.reply(200, "one"))).hocon());
    try (Script gateway = Script.start(fixture.folder(), "run", "-c", "gateway.conf")) {
      String line = gateway.awaitLine("serving ");
      Matcher port = HTTPS.matcher(line);
      assertThat(port.find()).as(line).isTrue();
      InetSocketAddress https =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1)));
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
