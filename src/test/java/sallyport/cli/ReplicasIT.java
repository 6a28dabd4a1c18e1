package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.OpensslClient;
import sallyport.testkit.OpensslClient.Handshake;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Setup;

/** Two gateways as processes of their own, with what docs/keys.md says to give to both. */
@OneLane("The gateway is a process of its own, with a configuration of its own.")
class ReplicasIT {
  private static final String PAGE = "keys.md";

  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  @ParameterizedTest
  @CsvSource({
    "directory = tickets,mkdir,tickets/*.key",
    "'secrets = [ { file = tickets.secret } ]',(umask 077; openssl rand -hex,tickets.secret"
  })
  void aSessionThatBeganAtOneIsResumedAtTheOther(String setting, String command, String file)
      throws Exception {
    for (String each : PageCommands.of(PAGE, command)) {
      PageCommands.run(fixture.folder(), each);
    }
    if (command.equals("mkdir")) {
      PageCommands.run(
          fixture.folder(), PageCommands.of(PAGE, "(umask 077; openssl rand -out").getFirst());
    }
    assertThat(PageCommands.run(fixture.folder(), "ls " + file)).isNotEmpty();
    String source = command.equals("mkdir") ? "directory" : "derived";
    Files.writeString(
        fixture.file("replica.conf"),
        Setup.to(fixture.origin(r -> r.reply(200, "hello")))
            .tls("session-tickets { source = " + source + ", " + setting + " }")
            .hocon());
    try (Script one = Script.start(fixture.folder(), "run", "-c", "replica.conf");
        Script other = Script.start(fixture.folder(), "run", "-c", "replica.conf")) {
      int first = DemoIT.port(one.awaitLine("serving "), "https");
      int second = DemoIT.port(other.awaitLine("serving "), "https");
      for (String version : new String[] {"tls1_2", "tls1_3"}) {
        OpensslClient client = new OpensslClient(fixture.folder(), version);
        assertThat(client.begin(first, version)).isTrue();
        assertThat(client.resume(second, version)).isEqualTo(Handshake.RESUMED);
      }
    }
  }
}
