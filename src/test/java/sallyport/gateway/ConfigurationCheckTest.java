package sallyport.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.logging.setup.LogSetup;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Secrets;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** What is wrong with files is said in the same words as at a start. */
class ConfigurationCheckTest {
  @TempDir Path folder;

  @BeforeEach
  void files() {
    TestPki.writeTo(folder);
  }

  private void assertSaidAsAtAStart(Setup setup, Clock ticking, String... parts) throws Exception {
    GatewayConfig config = GatewayConfig.parse(setup.hocon(), folder);
    // Some advice names the time.
    Clock clock = Clock.fixed(ticking.instant(), ticking.getZone());

    InvalidConfiguration inspected =
        catchThrowableOfType(
            InvalidConfiguration.class,
            () -> ConfigurationCheck.of(config, LogSetup.toStderr(), clock));
    InvalidConfiguration started =
        catchThrowableOfType(
            InvalidConfiguration.class, () -> Gateway.start(config, clock).close());

    assertThat(inspected).as("nothing was found").isNotNull();
    assertThat(inspected.problems()).isEqualTo(started.problems());
    for (String part : parts) {
      assertThat(inspected.problems())
          .anyMatch(line -> line.matches("configuration:\\d+: .*") && line.contains(part));
    }
  }

  private static Setup setup() {
    return Setup.to("127.0.0.1:1");
  }

  @Test
  void aFileOfEndpointsThatAnyUserMayWrite() throws Exception {
    Path file = folder.resolve("app.conf");
    Files.writeString(file, "endpoints = [ \"127.0.0.2:1\" ]");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    assertSaidAsAtAStart(
        setup().backend("endpoints-file = app.conf"),
        Clock.systemUTC(),
        "backends.app.endpoints-file: ",
        "any user may write it");
  }

  @Test
  void allThatIsWrongOnBothSidesAtOnce() throws Exception {
    Files.setPosixFilePermissions(
        folder.resolve("server.key"), PosixFilePermissions.fromString("rw-r--r--"));
    Files.writeString(folder.resolve("backend-ca.pem"), "nothing");
    Files.copy(folder.resolve("server.key"), folder.resolve("other.key"));

    assertSaidAsAtAStart(
        setup().upstreamTls("certificate.key = other.key"),
        Clock.systemUTC(),
        "listeners.https.tls.certificates[0].key: ",
        "backends.app.tls.trust: ",
        "the key does not fit the certificate");
  }

  @Test
  void certificatesThatHaveExpired() throws Exception {
    assertSaidAsAtAStart(
        setup(), Clock.offset(Clock.systemUTC(), Duration.ofDays(20_000)), "expired at");
  }

  @Test
  void whatOnlyTicketsDenyListsAndRevocationListsAreTo() throws Exception {
    Files.createDirectory(
        folder.resolve("tickets"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(folder.resolve("denied.txt"), "somebody");
    Files.writeString(folder.resolve("list.crl"), "nothing");

    assertSaidAsAtAStart(
        setup()
            .tls(
                "session-tickets { source = directory, directory = tickets },"
                    + " client-auth { mode = required, trust = clients-ca.pem, deny = denied.txt }")
            .upstreamTls("revocation.crls = [ list.crl ]"),
        Clock.systemUTC(),
        "session-tickets",
        "client-auth.deny",
        "revocation.crls");
  }

  @Test
  void aPassphraseThatIsNotThereForAnAuthority() throws Exception {
    Setup setup =
        setup()
            .certificates("[ { acme = lab, names = [ portal.example.org ] } ]")
            .gateway(
                """
                acme.lab {
                  directory = "https://127.0.0.1:1/directory", terms-agreed = true, store = acme
                  passphrase.command = [ "true" ]
                }
                """);

    assertSaidAsAtAStart(setup, Clock.systemUTC(), "acme.lab.passphrase: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"replicas", "challenges"})
  void aStoreThatReplicasCannotShare(String folderThatIsAFile) throws Exception {
    Secrets.write(folder.resolve("pass"), "correct horse");
    Path account = Files.createDirectories(folder.resolve("acme/127.0.0.1-1-directory"));
    Files.writeString(account.resolve(folderThatIsAFile), "");
    Setup setup =
        setup()
            .certificates("[ { acme = lab, names = [ portal.example.org ] } ]")
            .gateway(
                """
                acme.lab {
                  directory = "https://127.0.0.1:1/directory", terms-agreed = true, store = acme
                  passphrase.file = pass
                }
                """);

    assertSaidAsAtAStart(
        setup,
        Clock.systemUTC(),
        "acme.lab.store: cannot be written to: '" + account.resolve(folderThatIsAFile) + "'");
  }

  @Test
  void theTrustOfAnAuthorityIsReadWithinTheTimeLimitOfTheConfiguration() throws Exception {
    Secrets.write(folder.resolve("pass"), "correct horse");
    Path trust = folder.resolve("acme-trust.pem");
    byte[] certificate = Files.readAllBytes(folder.resolve("ca.pem"));
    write(trust, certificate);
    GatewayConfig config =
        GatewayConfig.parse(
            setup()
                .certificates("[ { acme = lab, names = [ portal.example.org ] } ]")
                .gateway(
                    """
                    keys.open-timeout = 300ms
                    acme.lab {
                      directory = "https://127.0.0.1:1/directory", terms-agreed = true, store = acme
                      passphrase.file = pass, trust = acme-trust.pem
                    }
                    """)
                .hocon(),
            folder);
    Files.delete(trust);
    PageCommands.run(folder, "mkfifo acme-trust.pem");
    // It answers the account, and nobody who comes later.
    Thread.ofPlatform().daemon().start(() -> write(trust, certificate));

    InvalidConfiguration inspected =
        catchThrowableOfType(
            InvalidConfiguration.class,
            () -> ConfigurationCheck.of(config, LogSetup.toStderr(), Clock.systemUTC()));

    assertThat(inspected).as("nothing was found").isNotNull();
    assertThat(inspected.problems())
        .singleElement()
        .asString()
        .contains("acme.lab.trust", "did not answer within keys.open-timeout, 300 ms");
  }

  private static void write(Path file, byte[] octets) {
    try {
      Files.write(file, octets);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
