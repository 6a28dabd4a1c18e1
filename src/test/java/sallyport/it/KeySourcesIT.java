package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.Peers;
import sallyport.testkit.Secrets;
import sallyport.testkit.Setup;

/** Where keys are kept, as OpenSSL writes them, and what is said of those that do not open. */
@OneLane("Keys are opened before any event loop has a connection.")
class KeySourcesIT {
  private static final String PASSPHRASE = "correct horse battery staple";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private void openssl(String... arguments) throws Exception {
    Peers.demand("openssl");
    List<String> line = new ArrayList<>(List.of("openssl"));
    line.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(line)
            .directory(gateway.folder().toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  private void encrypt(String... how) throws Exception {
    List<String> line =
        new ArrayList<>(List.of("pkcs8", "-topk8", "-in", "server.key", "-out", "enc.key"));
    line.addAll(List.of(how));
    line.addAll(List.of("-passout", "pass:" + PASSPHRASE));
    openssl(line.toArray(String[]::new));
  }

  private void export(String identity, String passphrase, String... more) throws Exception {
    List<String> line =
        new ArrayList<>(
            List.of("pkcs12", "-export", "-in", identity + ".pem", "-inkey", identity + ".key"));
    line.addAll(List.of("-out", identity + ".p12", "-passout", "pass:" + passphrase));
    line.addAll(List.of(more));
    openssl(line.toArray(String[]::new));
  }

  private Setup setup(String certificate) {
    return Setup.to(gateway.origin(r -> r.reply(200, "hello")))
        .certificates("[ { " + certificate + " } ]");
  }

  private void assertServes(String certificate) throws IOException {
    gateway.start(setup(certificate));
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
  }

  private void assertStartsWithOldKey() throws Exception {
    openssl(
        "req",
        "-x509",
        "-key",
        "old.key",
        "-out",
        "old.pem",
        "-days",
        "1",
        "-subj",
        "/CN=old",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "extendedKeyUsage=serverAuth");
    gateway.start(setup("chain = old.pem, key = old.key"));
  }

  private String problem(Setup setup) {
    List<String> problems = gateway.problem(setup.hocon()).problems();
    assertThat(problems).hasSize(1);
    assertThat(problems.getFirst()).doesNotContain(PASSPHRASE);
    return problems.getFirst();
  }

  @ParameterizedTest
  @ValueSource(strings = {"hmacWithSHA256", "hmacWithSHA512"})
  void anEncryptedKeyOpensWithThePassphraseOfAFile(String hash) throws Exception {
    encrypt("-v2", "aes-256-cbc", "-v2prf", hash);
    Secrets.write(gateway.file("pass"), PASSPHRASE + "\n");
    assertServes("chain = server.pem, key = enc.key, passphrase.file = pass");
  }

  @Test
  void anEncryptedKeyOpensWithThePassphraseOfACommand() throws Exception {
    encrypt("-v2", "aes-256-cbc");
    assertServes(
        "chain = server.pem, key = enc.key, passphrase.command = [ printf, \"%s\\n\", \""
            + PASSPHRASE
            + "\" ]");
  }

  @Test
  void aPassphraseMayHaveAnyCharacters() throws Exception {
    Secrets.write(gateway.file("pass"), "grüße aus 東京 😀\n");
    openssl(
        "pkcs8 -topk8 -v2 aes-256-cbc -in server.key -out enc.key -passout file:pass".split(" "));
    assertServes("chain = server.pem, key = enc.key, passphrase.file = pass");
  }

  @Test
  void aPkcs12FilesPassphraseMayHaveAnyCharactersToo() throws Exception {
    Secrets.write(gateway.file("pass"), "grüße aus 東京 😀\n");
    openssl(
        "pkcs12 -export -in server.pem -inkey server.key -out server.p12 -passout file:pass"
            .split(" "));
    assertServes("pkcs12 = server.p12, passphrase.file = pass");
  }

  @Test
  void aPassphraseThatIsNotUtf8() throws Exception {
    encrypt("-v2", "aes-256-cbc");
    Secrets.write(gateway.file("pass"), "grüße".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(problem(setup("chain = server.pem, key = enc.key, passphrase.file = pass")))
        .endsWith("the secret from the file '" + gateway.file("pass") + "' is not UTF-8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ec", "rsa"})
  void aTraditionalKeyOpens(String kind) throws Exception {
    if (kind.equals("ec")) {
      openssl("ec", "-in", "server.key", "-out", "old.key");
      assertServes("chain = server.pem, key = old.key");
    } else {
      openssl("genrsa", "-traditional", "-out", "old.key", "2048");
      assertStartsWithOldKey();
    }
  }

  @Test
  void aKeyBehindItsCurvesParametersOpens() throws Exception {
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", "old.key");
    assertStartsWithOldKey();
  }

  @Test
  void aPkcs12FileOpens() throws Exception {
    export("server", PASSPHRASE, "-name", "portal");
    Secrets.write(gateway.file("pass"), PASSPHRASE);
    assertServes("pkcs12 = server.p12, passphrase.file = pass");
    assertThat(gateway.audit().awaitContaining("\"use\":\"server\""))
        .contains("key-opened", "server.p12");
  }

  @Test
  void aPkcs12FileWithoutThatAlias() throws Exception {
    export("server", PASSPHRASE, "-name", "portal");
    Secrets.write(gateway.file("pass"), PASSPHRASE);
    assertThat(problem(setup("pkcs12 = server.p12, alias = other, passphrase.file = pass")))
        .contains("certificates[0].pkcs12: ", "has no private key with the alias that is");
  }

  @Test
  void aPkcs12FileWithoutAMac() throws Exception {
    export("server", PASSPHRASE, "-nomac");
    Secrets.write(gateway.file("pass"), PASSPHRASE);
    assertThat(problem(setup("pkcs12 = server.p12, passphrase.file = pass")))
        .contains("certificates[0].pkcs12: ", "is a PKCS#12 file without a MAC");
  }

  @Test
  void aPkcs12FileThatDoesNotOpen() throws Exception {
    export("server", "other");
    Secrets.write(gateway.file("pass"), PASSPHRASE);
    assertThat(problem(setup("pkcs12 = server.p12, passphrase.file = pass")))
        .contains("does not open with the passphrase from the file '");
  }

  @Test
  void aWrongPassphrase() throws Exception {
    encrypt("-v2", "aes-256-cbc");
    Secrets.write(gateway.file("pass"), "wrong");
    assertThat(problem(setup("chain = server.pem, key = enc.key, passphrase.file = pass")))
        .contains("certificates[0].key: ", "does not open with the passphrase from the file '");
    assertThat(gateway.audit().awaitContaining("key-refused")).contains("\"use\":\"server\"");
  }

  @Test
  void aMissingPassphrase() throws Exception {
    encrypt("-v2", "aes-256-cbc");
    assertThat(problem(setup("chain = server.pem, key = enc.key")))
        .contains("is encrypted: say where its passphrase is, passphrase { env = NAME }");
  }

  @Test
  void aVariableThatIsNotSet() throws Exception {
    encrypt("-v2", "aes-256-cbc");
    assertThat(
            problem(setup("chain = server.pem, key = enc.key, passphrase.env = NOBODY_SETS_THIS")))
        .contains("the environment variable named at ", ".passphrase.env (not shown, since ")
        .endsWith(") is not set")
        .doesNotContain("NOBODY");
    assertThat(problem(setup("chain = server.pem, key = enc.key, passphrase.env = geheim77")))
        .contains("(not shown, since ")
        .doesNotContain("geheim");
  }

  @Test
  void anEmptyPassphrase() throws Exception {
    encrypt("-v2", "aes-256-cbc");
    Secrets.write(gateway.file("pass"), "\n");
    assertThat(problem(setup("chain = server.pem, key = enc.key, passphrase.file = pass")))
        .endsWith("the secret from the file '" + gateway.file("pass") + "' is empty");
  }

  @Test
  void aCommandThatIsNotThere() throws Exception {
    encrypt("-v2", "aes-256-cbc");
    assertThat(
            problem(
                setup(
                    "chain = server.pem, key = enc.key, passphrase.command = [ no-such-program ]")))
        .contains("the command at ")
        .endsWith(
            ".passphrase.command (not shown, since there is no such program and it may be the secret)"
                + " cannot be started");
  }

  @Test
  void aFileWithoutAKey() throws Exception {
    Secrets.write(gateway.file("server.key"), Files.readString(gateway.file("server.pem")));
    assertThat(problem(setup("chain = server.pem, key = server.key")))
        .endsWith("server.key' has no private key in it");
  }

  @Test
  void aCommandThatFails() throws Exception {
    encrypt("-v2", "aes-256-cbc");
    assertThat(
            problem(
                setup(
                    "chain = server.pem, key = enc.key, passphrase.command = [ sh, -c, \"exit"
                        + " 3\" ]")))
        .contains("the command sh ended with status 3, not 0");
  }

  @Test
  void aPassphraseForAKeyThatIsNotEncrypted() throws Exception {
    Secrets.write(gateway.file("pass"), PASSPHRASE);
    assertThat(problem(setup("chain = server.pem, key = server.key, passphrase.file = pass")))
        .contains("is not encrypted, but a passphrase is given");
  }

  @ParameterizedTest
  @ValueSource(strings = {"aes-128-cbc", "des3"})
  void encryptionThatIsWeakerThanAes256(String cipher) throws Exception {
    encrypt("-v2", cipher);
    Secrets.write(gateway.file("pass"), PASSPHRASE);
    assertThat(problem(setup("chain = server.pem, key = enc.key, passphrase.file = pass")))
        .contains("by other means than PBES2 with AES-256; encrypt it by: openssl pkcs8 -topk8");
  }

  @Test
  void encryptionUnderScrypt() throws Exception {
    encrypt("-scrypt");
    Secrets.write(gateway.file("pass"), PASSPHRASE);
    assertThat(problem(setup("chain = server.pem, key = enc.key, passphrase.file = pass")))
        .contains("by other means than PBES2 with AES-256");
  }

  @Test
  void encryptionInOpensslsOldWay() throws Exception {
    openssl(
        "ec", "-aes256", "-in", "server.key", "-out", "enc.key", "-passout", "pass:" + PASSPHRASE);
    Secrets.write(gateway.file("pass"), PASSPHRASE);
    assertThat(problem(setup("chain = server.pem, key = enc.key, passphrase.file = pass")))
        .contains("is encrypted in OpenSSL's old way, which is weak");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r--r--", "rw-r-----", "rw--w----", "rw-----w-"})
  void aKeyFileThatOthersMayReadOrWrite(String mode) throws Exception {
    Files.setPosixFilePermissions(
        gateway.file("server.key"), PosixFilePermissions.fromString(mode));
    assertThat(problem(setup("chain = server.pem, key = server.key")))
        .contains("has the mode " + mode, "chmod 600");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-rw----", "rw-r--r--", "rw-r---w-"})
  void aGroupThatMayReadIsAllThatIsAllowed(String mode) throws Exception {
    Files.setPosixFilePermissions(
        gateway.file("server.key"), PosixFilePermissions.fromString(mode));
    assertThat(
            problem(
                setup("chain = server.pem, key = server.key")
                    .gateway("keys.loose-modes = group-may-read")))
        .contains("has the mode " + mode, "its owner and its group", "chmod 640");
  }

  @Test
  void aMountedSecretHasAGroupThatMayReadIt() throws Exception {
    Files.setPosixFilePermissions(
        gateway.file("server.key"), PosixFilePermissions.fromString("r--r-----"));
    gateway.start(
        setup("chain = server.pem, key = server.key").gateway("keys.loose-modes = group-may-read"));
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
  }

  @Test
  void aLooseModeMayBeAWarning() throws Exception {
    Files.setPosixFilePermissions(
        gateway.file("server.key"), PosixFilePermissions.fromString("rw-r--r--"));
    gateway.start(setup("chain = server.pem, key = server.key").gateway("keys.loose-modes = warn"));
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
  }

  @Test
  void aPassphraseFileThatOthersMayRead() throws Exception {
    encrypt("-v2", "aes-256-cbc");
    Files.writeString(gateway.file("pass"), PASSPHRASE);
    Files.setPosixFilePermissions(
        gateway.file("pass"), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(problem(setup("chain = server.pem, key = enc.key, passphrase.file = pass")))
        .contains("certificates[0].passphrase.file: ", "has the mode rw-r--r--");
  }

  @Test
  void theClientIdentityComesFromTheSameSources() throws Exception {
    export("client", PASSPHRASE);
    Secrets.write(gateway.file("pass"), PASSPHRASE);
    String hocon =
        Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .hocon()
            .replace(
                "certificate { chain = client.pem, key = client.key }",
                "certificate { pkcs12 = client.p12, passphrase.file = pass }");
    gateway.startWith(hocon);
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
  }
}
