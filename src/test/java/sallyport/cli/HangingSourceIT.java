package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Setup;

/** A passphrase command that hangs, and processes that are to end all the same. */
@OneLane("sources of secrets are asked on threads of their own")
class HangingSourceIT {
  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  @BeforeEach
  void writeTheConfiguration() throws Exception {
    PageCommands.run(
        fixture.folder(),
        "openssl pkcs8 -topk8 -v2 aes-256-cbc -in server.key -out enc.key -passout pass:secret"
            + " && chmod 600 enc.key && mkfifo hangs");
    Files.writeString(
        fixture.file("ask"),
        "if [ -e hang ]; then echo $$ > hangs; exec sleep 600; fi; echo secret\n");
  }

  private void configure(String openTimeout) throws Exception {
    Files.writeString(
        fixture.file("gateway.conf"),
        Setup.to(fixture.origin(r -> r.reply(200, "one")))
            .certificates(
                "[ { chain = server.pem, key = enc.key, passphrase.command = [ sh, ask ] } ]")
            .gateway(
                "drain-timeout = 1s, keys { watch = 100ms, open-timeout = %s }"
                    .formatted(openTimeout))
            .hocon());
  }

  private ProcessHandle command() throws Exception {
    long pid = Long.parseLong(Files.readString(fixture.file("hangs")).strip());
    return ProcessHandle.of(pid).orElseThrow();
  }

  @Test
  void sigtermStopsTheGatewayAndTheCommand() throws Exception {
    configure("10m");
    try (Script gateway = Script.start(fixture.folder(), "run", "-c", "gateway.conf")) {
      gateway.awaitLine("serving ");
      Files.createFile(fixture.file("hang"));
      Files.writeString(fixture.file("server.pem"), "\n", StandardOpenOption.APPEND);
      ProcessHandle command = command();
      gateway.signal("TERM");
      assertThat(gateway.await()).isZero();
      command.onExit().join();
      assertThat(gateway.err()).contains("\"event\":\"stopped\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "check"})
  void atTheStartItIsABadConfiguration(String command) throws Exception {
    configure("1s");
    Files.createFile(fixture.file("hang"));
    try (Script gateway = Script.start(fixture.folder(), command, "-c", "gateway.conf")) {
      command().onExit().join();
      assertThat(gateway.await()).isEqualTo(78);
      assertThat(gateway.err())
          .contains(
              "gateway.conf:6: listeners.https.tls.certificates[0].key: the command sh did not"
                  + " answer within keys.open-timeout, 1 s");
    }
  }
}
