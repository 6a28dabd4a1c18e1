package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OpensslClient;
import sallyport.testkit.OpensslClient.Handshake;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Setup;

/** Two gateways as processes of their own, with what docs/keys.md says to give to both. */
class ReplicasIT {
  private static final String PAGE = "keys.md";
  private static final Pattern HTTPS = Pattern.compile("https=\\S*:(\\d+)");

  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  private static int https(Script replica) throws Exception {
    String line = replica.awaitLine("serving ");
    Matcher port = HTTPS.matcher(line);
    assertThat(port.find()).as(line).isTrue();
    return Integer.parseInt(port.group(1));
  }

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
      int first = https(one);
      int second = https(other);
      for (String version : new String[] {"tls1_2", "tls1_3"}) {
        OpensslClient client = new OpensslClient(fixture.folder(), version);
        assertThat(client.begin(first, version)).isTrue();
        assertThat(client.resume(second, version)).isEqualTo(Handshake.RESUMED);
      }
    }
  }
}
