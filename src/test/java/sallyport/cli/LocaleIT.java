package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Setup;

/** A passphrase with more than ASCII in a variable, which a process reads by its locale. */
@OneLane("The gateway is a process of its own, with a configuration of its own.")
class LocaleIT {
  /** In UTF-8, whatever the locale of the tests is. */
  private static final String PASSPHRASE = "PORTAL=$(printf 'gr\\303\\274\\303\\237e')";

  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  @BeforeEach
  void encrypt() throws Exception {
    PageCommands.run(
        fixture.folder(),
        "export "
            + PASSPHRASE
            + "; openssl pkcs8 -topk8 -v2 aes-256-cbc -in server.key -out enc.key -passout"
            + " env:PORTAL");
    Files.writeString(
        fixture.file("gateway.conf"),
        Setup.to(fixture.origin(r -> r.reply(200, "hello")))
            .certificates("[ { chain = server.pem, key = enc.key, passphrase.env = PORTAL } ]")
            .hocon());
  }

  private Process run(String locale) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                List.of(
                    "sh",
                    "-c",
                    "export %s LC_ALL=%s; exec %s run -c gateway.conf"
                        .formatted(PASSPHRASE, locale, Script.ROOT.resolve("bin/sallyport"))))
            .directory(fixture.folder().toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    fixture.closing(process::destroyForcibly);
    return process;
  }

  @Test
  void inALocaleOfUtf8ItOpensTheKey() throws Exception {
    Process gateway = run("C.UTF-8");
    assertThat(gateway.inputReader(StandardCharsets.UTF_8).readLine()).startsWith("serving ");
  }

  @Test
  void inAnotherOneItIsSaidWhatToSet() throws Exception {
    Process gateway = run("C");
    assertThat(gateway.errorReader(StandardCharsets.UTF_8).readAllAsString())
        .contains(
            "listeners.https.tls.certificates[0].key: the environment variable PORTAL cannot be"
                + " read in this process's locale (ANSI_X3.4-1968): set LC_ALL=C.UTF-8, or keep"
                + " the secret in a file");
    assertThat(gateway.waitFor()).isEqualTo(78);
  }
}
