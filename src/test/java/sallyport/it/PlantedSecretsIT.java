package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.OneLane;
import sallyport.testkit.Peers;
import sallyport.testkit.Secrets;
import sallyport.testkit.Setup;

/** Secrets that stand where their place belongs: no problem and no line of a log repeats one. */
@OneLane("Keys are opened before any event loop has a connection.")
class PlantedSecretsIT {
  private static final List<String> SHAPES =
      List.of(
          "hunter2secret",
          "HUNTER2SECRET",
          "Hunter2Secret77",
          "HUNTER_SECRET",
          "982451653",
          "/run/hunter2secret",
          "hunter2/SECRET+aHVudGVyMnNlY3JldA==");

  /** As a certificate of the listener; %s is the secret. */
  private static final List<String> CERTIFICATES =
      List.of(
          "chain = server.pem, key = \"%s\"",
          "chain = server.pem, key { \"%s\" = x }",
          "chain = server.pem, key = enc.key, passphrase = \"%s\"",
          "chain = server.pem, key = enc.key, passphrase = [ \"%s\" ]",
          "chain = server.pem, key = enc.key, passphrase { \"%s\" = x }",
          "chain = server.pem, key = enc.key, passphrase.env = \"%s\"",
          "chain = server.pem, key = enc.key, passphrase.env = [ \"%s\" ]",
          "chain = server.pem, key = enc.key, passphrase.file = \"%s\"",
          "chain = server.pem, key = enc.key, passphrase.command = \"%s\"",
          "chain = server.pem, key = enc.key, passphrase.command = [ \"%s\" ]",
          "chain = server.pem, key = enc.key, passphrase.command = [ \"false\", \"%s\" ]",
          "pkcs12 = \"%s\", passphrase.file = pass",
          "pkcs12 = server.p12, alias = \"%s\", passphrase.file = pass",
          "pkcs12 = server.p12, passphrase.env = \"%s\"",
          "chain = server.pem, pkcs11 = \"%s\"",
          "chain = server.pem, pkcs11 { module = server.pem, token = sallyport, key = k, pin ="
              + " \"%s\" }",
          "chain = server.pem, pkcs11 { module = server.pem, token = sallyport, key = k, pin.env ="
              + " \"%s\" }",
          "chain = server.pem, pkcs11 { module = server.pem, token = sallyport, key = k, pin.file ="
              + " \"%s\" }",
          "chain = server.pem, pkcs11 { module = server.pem, token = sallyport, key = k, pin.command"
              + " = [ \"%s\" ] }");

  /** As more of the listener's tls. */
  private static final List<String> TICKETS =
      List.of(
          "secrets = \"%s\"",
          "secrets = [ \"%s\" ]",
          "secrets = [ { env = \"%s\" } ]",
          "secrets = [ { file = \"%s\" } ]",
          "secrets = [ { command = [ \"%s\" ] } ]");

  /** As more of an account at an authority. */
  private static final List<String> ACCOUNTS =
      List.of(
          "passphrase = \"%s\"",
          "passphrase.env = \"%s\"",
          "passphrase.file = \"%s\"",
          "passphrase.command = [ \"%s\" ]",
          "passphrase.file = pass, external-account = \"%s\"",
          "passphrase.file = pass, external-account { key-id = k, mac-key = \"%s\" }",
          "passphrase.file = pass, external-account { key-id = \"\u00fc%s\", mac-key.file = pass }",
          "passphrase.file = pass, external-account { key-id = k, mac-key.env = \"%s\" }",
          "passphrase.file = pass, external-account { key-id = k, mac-key.file = \"%s\" }",
          "passphrase.file = pass, external-account { key-id = k, mac-key.command = [ \"%s\" ] }");

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  @BeforeEach
  void files() throws Exception {
    Peers.demand("openssl");
    Secrets.write(gateway.file("pass"), "abcd1234");
    for (String line :
        List.of(
            "pkcs8 -topk8 -in server.key -out enc.key -v2 aes-256-cbc -passout pass:abcd1234",
            "pkcs12 -export -in server.pem -inkey server.key -out server.p12 -passout"
                + " pass:abcd1234")) {
      ProcessBuilder openssl =
          new ProcessBuilder(("openssl " + line).split(" ")).directory(gateway.folder().toFile());
      assertThat(openssl.start().waitFor()).isZero();
    }
  }

  private static Stream<Arguments> places() {
    return Stream.of(
            CERTIFICATES.stream().map(each -> Arguments.of("certificate", each)),
            TICKETS.stream().map(each -> Arguments.of("tickets", each)),
            ACCOUNTS.stream().map(each -> Arguments.of("account", each)))
        .flatMap(each -> each);
  }

  private Setup setup(String where, String text) {
    Setup setup = Setup.to(gateway.origin(r -> r.reply(200, "hello")));
    return switch (where) {
      case "certificate" -> setup.certificates("[ { " + text + " } ]");
      case "tickets" -> setup.tls("session-tickets { source = derived, " + text + " }");
      default ->
          setup
              .certificates("[ { acme = a, names = [ localhost ] } ]")
              .gateway(
                  """
                  acme.a { directory = "https://localhost:1/directory", terms-agreed = true
                    store = store, %s }
                  """
                      .formatted(text));
    };
  }

  @ParameterizedTest
  @MethodSource("places")
  void aSecretIsNotRepeated(String where, String template) {
    for (String secret : SHAPES) {
      String text = template.replace("%s", secret);
      try (LogLines logs = new LogLines("sallyport")) {
        List<String> said = gateway.problem(setup(where, text).hocon()).problems();
        assertThat(said).isNotEmpty();
        for (String line : said) {
          assertThat(line).as(secret).matches("(?s)\\S.*:\\d+: \\S+: .+");
        }
        assertHides(String.join("\n", said), secret);
        assertHides(String.join("\n", logs.all()), secret);
      }
    }
  }

  /** Its name is known to be one, and helps. */
  @Test
  void aVariableThatIsSetIsNamed() {
    assertThat(
            gateway
                .problem(
                    setup("certificate", "chain = server.pem, key = enc.key, passphrase.env = PATH")
                        .hocon())
                .problems())
        .singleElement()
        .asString()
        .contains("the environment variable PATH");
  }

  private static void assertHides(String said, String secret) {
    String plain = said.toLowerCase(Locale.ROOT);
    assertThat(plain).as(secret).doesNotContain(secret.toLowerCase(Locale.ROOT));
    assertThat(plain).as(secret).doesNotContain("hunter");
  }
}
