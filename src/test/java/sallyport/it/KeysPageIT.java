package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Secrets;
import sallyport.testkit.Setup;

/** The commands of docs/keys.md do what it says; those for tokens are run by {@link Pkcs11IT}. */
@OneLane("Keys are opened before any event loop has a connection.")
class KeysPageIT {
  private static final String PAGE = "keys.md";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private void assertServes(String certificate) throws Exception {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .certificates("[ " + certificate + " ]"));
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
  }

  @Test
  void theKeyThatItEncryptsOpens() throws Exception {
    Secrets.write(gateway.file("pass"), "correct horse");
    PageCommands.run(gateway.folder(), PageCommands.of(PAGE, "openssl pkcs8").getFirst());
    assertServes("{ chain = server.pem, key = enc.key, passphrase.file = pass }");
  }

  @Test
  void theTicketKeysThatItMakesAreUsedAndTheOldOnesDeleted() throws Exception {
    PageCommands.run(gateway.folder(), PageCommands.of(PAGE, "mkdir").getFirst());
    for (String command : PageCommands.of(PAGE, "(umask 077; openssl rand -out")) {
      PageCommands.run(gateway.folder(), command);
    }
    PageCommands.run(gateway.folder(), PageCommands.of(PAGE, "find tickets").getFirst());
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .tls("session-tickets { source = directory, directory = tickets }"));
    assertThat(gateway.metric("gateway_tls_ticket_keys", "listener=\"https\"")).isEqualTo(2);
    PageCommands.run(gateway.folder(), "touch -d '4 days ago' tickets/*");
    PageCommands.run(gateway.folder(), PageCommands.of(PAGE, "find tickets").getFirst());
    assertThat(PageCommands.run(gateway.folder(), "ls tickets")).isEmpty();
  }

  @Test
  void theReloadsThatItAndConfigurationMdShowAreAnswered() throws Exception {
    gateway.start(gateway.origin(r -> r.reply(200, "hello")));
    String admin = "127.0.0.1:" + gateway.gateway().address("admin").getPort();
    List<String> commands = new ArrayList<>(PageCommands.of(PAGE, "curl"));
    commands.addAll(PageCommands.of("configuration.md", "curl"));
    for (String command : commands) {
      assertThat(PageCommands.run(gateway.folder(), command.replace("127.0.0.1:9901", admin)))
          .contains("listener https: unchanged", "backend app: unchanged");
    }
  }
}
