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

  /**
   * The start waits for a secret, after it has read the configuration: what came since would be
   * lost, and ended the process before it was handled.
   */
  @Test
  void oneThatComesDuringTheStartIsDoneOnceItServes() throws Exception {
    Path folder = fixture.folder();
    assertThat(
            new ProcessBuilder("mkfifo", "begun", "gate")
                .directory(folder.toFile())
                .start()
                .waitFor())
        .isZero();
    String script = "[ -e once ] || { touch once; echo > begun; cat gate; }; cat secret";
    String secret =
        "session-tickets { source = derived, secrets = [ { command = [ sh, -c, \"cd '%s'; %s\" ] } ] }"
            .formatted(folder, script);
    Files.writeString(
        fixture.file("secret"), "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
    Path file = fixture.file("gateway.conf");
    Files.writeString(file, Setup.to(fixture.origin(r -> r.reply(200, "one"))).tls(secret).hocon());
    try (Script gateway = Script.start(folder, "run", "-c", "gateway.conf")) {
      Files.readAllBytes(fixture.file("begun"));
      Files.writeString(
          file, Setup.to(fixture.origin(r -> r.reply(200, "two"))).tls(secret).hocon());
      gateway.signal("HUP");
      gateway.signal("HUP");
      Files.writeString(fixture.file("gate"), "");
      int port = DemoIT.port(gateway.awaitLine("serving "), "https");
      gateway.awaitError("\"event\":\"config-reloaded\",\"trigger\":\"signal\"");
      InetSocketAddress https = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      assertThat(get(https)).isEqualTo("two");
      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
    }
  }

  private static String get(InetSocketAddress https) throws Exception {
    try (RawClient client = RawClient.tls(https)) {
      return client.get("/").read().body();
    }
  }
}
