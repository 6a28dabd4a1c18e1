package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.gateway.Gateway;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OpensslClient;
import sallyport.testkit.OpensslClient.Handshake;
import sallyport.testkit.Origin;
import sallyport.testkit.Secrets;
import sallyport.testkit.Setup;
import sallyport.testkit.TestClock;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;
import sallyport.tools.pki.Identity;

/**
 * Which sessions are resumed where and for how long; with OpenSSL's client, which can take a
 * session to another server. Processes of their own are for {@code ReplicasIT}.
 */
class ResumptionIT {
  private static final Duration LIFE = Duration.ofHours(12);
  private static final Duration SPAN = LIFE.plusHours(24);
  private static final String OFF = "session-tickets.source = off";
  private static final String DIRECTORY =
      "session-tickets { source = directory, directory = tickets }";
  private static final String DERIVED =
      "session-tickets { source = derived, secrets = [ { file = secret } ] }";
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z.key'").withZone(ZoneOffset.UTC);

  /** The next window of derived keys begins here. */
  private final Instant boundary =
      Instant.ofEpochSecond((Instant.now().getEpochSecond() / 43_200 + 1) * 43_200);

  private static final SecureRandom RANDOM = new SecureRandom();

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin origin;

  @BeforeEach
  void secrets() throws IOException {
    origin = gateway.origin(r -> r.reply(200, "hello"));
    Secrets.write(gateway.file("secret"), HexFormat.of().formatHex(random(32)));
    Files.createDirectory(
        gateway.file("tickets"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private static byte[] random(int octets) {
    byte[] bytes = new byte[octets];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  /** Puts a key into the folder that seals from this time on; returns its name in tickets. */
  private String ticketKey(Instant from) throws IOException {
    byte[] key = random(48);
    Secrets.write(gateway.file("tickets/" + NAME.format(from)), key);
    return HexFormat.of().formatHex(key, 0, 16);
  }

  private String hocon(String tls, String more) {
    return Setup.to(origin).tls(tls).gateway(more).hocon();
  }

  private String hocon(String tls) {
    return hocon(tls, "keys.watch = 0s");
  }

  private static int port(Gateway of) {
    return of.address("https").getPort();
  }

  private int port() {
    return port(gateway.gateway());
  }

  private OpensslClient client(String version) {
    return new OpensslClient(gateway.folder(), version);
  }

  // ---- time

  @ParameterizedTest
  @CsvSource({"tls1_2,memory", "tls1_3,directory", "tls1_2,derived", "tls1_3,derived"})
  void aSessionIsResumedUntilTheKeyOfItsTicketEndsAndNoLonger(String version, String source)
      throws Exception {
    TestClock clock = new TestClock(boundary);
    ticketKey(boundary);
    gateway.startWith(
        hocon(
            switch (source) {
              case "memory" -> "";
              case "directory" -> DIRECTORY;
              default -> DERIVED;
            }),
        clock);
    OpensslClient client = client(version);
    assertThat(client.begin(port(), "session")).isTrue();
    clock.advance(SPAN.minusSeconds(1));
    gateway.gateway().reload("test", null);
    assertThat(client.resume(port(), "session")).isEqualTo(Handshake.RESUMED);
    clock.advance(Duration.ofSeconds(1));
    gateway.gateway().reload("test", null);
    assertThat(client.resume(port(), "session")).isEqualTo(Handshake.FULL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tls1_2", "tls1_3"})
  void whenAllKeysOfTheFolderHaveHadTheirTimeThereAreNoTicketsButService(String version)
      throws Exception {
    TestClock clock = new TestClock(boundary);
    ticketKey(boundary);
    gateway.startWith(hocon(DIRECTORY + ", session-cache.size = 0"), clock);
    assertThat(gateway.metric("gateway_tls_ticket_keys", "listener=\"https\"")).isEqualTo(1);
    clock.advance(SPAN);
    gateway.gateway().reload("test", null);
    assertThat(gateway.metric("gateway_tls_ticket_keys", "listener=\"https\"")).isZero();
    assertThat(client(version).begin(port(), "session")).isFalse();
    ticketKey(boundary.plus(SPAN));
    gateway.gateway().reload("test", null);
    assertThat(client(version).begin(port(), "later")).isTrue();
    assertThat(client(version).resume(port(), "later")).isEqualTo(Handshake.RESUMED);
  }

  @ParameterizedTest
  @CsvSource({"tls1_2,300", "tls1_3,300"})
  void clocksMayBeApartWhenTheWindowTurns(String version, int seconds) throws Exception {
    gateway.startWith(hocon(DERIVED), new TestClock(boundary.plusSeconds(seconds / 2)));
    Gateway slow =
        gateway.another(hocon(DERIVED), new TestClock(boundary.minusSeconds(seconds / 2)));
    OpensslClient client = client(version);
    client.begin(port(), "of-the-fast");
    client.begin(port(slow), "of-the-slow");
    assertThat(client.resume(port(slow), "of-the-fast")).isEqualTo(Handshake.RESUMED);
    assertThat(client.resume(port(), "of-the-slow")).isEqualTo(Handshake.RESUMED);
  }

  @Test
  void aTicketFromFurtherAheadThanTheSkewTakesAFullHandshake() throws Exception {
    gateway.startWith(hocon(DERIVED), new TestClock(boundary));
    Gateway slow = gateway.another(hocon(DERIVED), new TestClock(boundary.minusSeconds(361)));
    OpensslClient client = client("tls1_3");
    client.begin(port(), "of-the-fast");
    assertThat(client.resume(port(slow), "of-the-fast")).isEqualTo(Handshake.FULL);
  }

  @Test
  void aTicketAllowsNoEarlyData() throws Exception {
    gateway.startWith(hocon(DERIVED), new TestClock(boundary));
    OpensslClient client = client("tls1_3");
    assertThat(client.begin(port(), "session")).isTrue();
    assertThat(client.describe("session")).contains("Max Early Data: 0\n");
  }

  @Test
  void aKeyThatBeginsToSealIsAuditedByItsPublicNameAlone() throws Exception {
    TestClock clock = new TestClock(boundary);
    String first = ticketKey(boundary);
    String second = ticketKey(boundary.plus(LIFE));
    gateway.startWith(hocon(DIRECTORY), clock);
    clock.advance(LIFE);
    gateway.gateway().reload("test", null);
    assertThat(gateway.audit().awaitContaining("keys-rotated"))
        .contains(
            "\"use\":\"tickets\"",
            "\"name\":\"https\"",
            "\"trigger\":\"time\"",
            "\"from\":\"" + first + " " + second + "\"",
            "\"to\":\"" + second + " " + first + "\"");
    assertThat(gateway.metric("gateway_tls_rotations_total", "use=\"tickets\"")).isPositive();
    client("tls1_2").begin(port(), "session");
    assertThat(ticket("tls1_2")).startsWith(second);
  }

  /** The octets of a session's ticket, hex. */
  private String ticket(String version) throws Exception {
    StringBuilder hex = new StringBuilder();
    client(version)
        .describe("session")
        .lines()
        .filter(line -> line.matches(" +[0-9a-f]{4} - .*"))
        .forEach(line -> hex.append(line.strip().substring(7, 54).replaceAll("[ -]", "")));
    return hex.toString();
  }

  // ---- at the start

  @Test
  void anEmptyFolderAndAWeakSecretAreSaidAtTheStart() throws Exception {
    assertThatThrownBy(() -> gateway.startWith(hocon(DIRECTORY)))
        .hasMessageContaining("configuration:6: listeners.https.tls.session-tickets.directory: ")
        .hasMessageContaining("holds 0 ticket keys");
    Files.delete(gateway.file("secret"));
    Secrets.write(gateway.file("secret"), "correct horse battery staple");
    assertThatThrownBy(() -> gateway.startWith(hocon(DERIVED)))
        .hasMessageContaining("configuration:6: listeners.https.tls.session-tickets.secrets: ")
        .hasMessageContaining("is neither hex nor base64");
  }

  // ---- files that change

  @Test
  void keyFilesThatComeAndGoTakeEffectAtOnce() throws Exception {
    Instant now = Instant.now();
    String first = ticketKey(now.minus(LIFE));
    gateway.startWith(hocon(DIRECTORY, "keys.watch = 100ms"));
    OpensslClient client = client("tls1_3");
    client.begin(port(), "old");
    String second = ticketKey(now.minusSeconds(60));
    assertThat(gateway.audit().awaitContaining("keys-rotated"))
        .contains("\"use\":\"tickets\"", "\"trigger\":\"files\"", second + " " + first);
    assertThat(client.resume(port(), "old")).isEqualTo(Handshake.RESUMED);
    client.begin(port(), "new");
    Files.delete(gateway.file("tickets/" + NAME.format(now.minus(LIFE))));
    gateway.audit().awaitContaining("\"to\":\"" + second + "\"");
    assertThat(client.resume(port(), "old")).isEqualTo(Handshake.FULL);
    assertThat(client.resume(port(), "new")).isEqualTo(Handshake.RESUMED);
  }

  @Test
  void aBadFileKeepsTheOldKeysServingAndSaysWhy() throws Exception {
    ticketKey(Instant.now());
    gateway.startWith(hocon(DIRECTORY, "keys.watch = 100ms"));
    OpensslClient client = client("tls1_3");
    client.begin(port(), "session");
    Secrets.write(gateway.file("tickets/20260131T120000Z.key"), random(80));
    assertThat(gateway.audit().awaitContaining("rotation-refused"))
        .contains("\"use\":\"tickets\"", "20260131T120000Z.key' has 80 octets, not 48");
    assertThat(client.resume(port(), "session")).isEqualTo(Handshake.RESUMED);
    assertThat(
            gateway.metric("gateway_tls_rotations_total", "use=\"tickets\"", "outcome=\"refused\""))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"tickets,rwxr-x---,chmod 700", "tickets/20260131T120000Z.key,rw-r-----,chmod 600"})
  void keysThatOthersMayReadAreRefused(String name, String modes, String remedy) throws Exception {
    ticketKey(Instant.now());
    gateway.startWith(hocon(DIRECTORY));
    Secrets.write(gateway.file("tickets/20260131T120000Z.key"), random(48));
    Files.setPosixFilePermissions(gateway.file(name), PosixFilePermissions.fromString(modes));
    assertThat(gateway.gateway().reload("test", null)).isFalse();
    assertThat(gateway.audit().awaitContaining("rotation-refused"))
        .contains(name + "' has the mode " + modes, remedy);
  }

  /** Without a moment at which a replica does not know what another seals by. */
  @Test
  void aSecretIsReplacedInThreeSteps() throws Exception {
    Secrets.write(gateway.file("next"), HexFormat.of().formatHex(random(32)));
    List<String> steps =
        List.of(
            DERIVED,
            "session-tickets { source = derived, secrets = [ { file = secret }, { file = next } ] }",
            "session-tickets { source = derived, secrets = [ { file = next }, { file = secret } ] }",
            "session-tickets { source = derived, secrets = [ { file = next } ] }");
    OpensslClient client = client("tls1_3");
    for (int i = 0; i + 1 < steps.size(); i++) {
      Gateway before = gateway.another(hocon(steps.get(i)), Clock.systemUTC());
      Gateway after = gateway.another(hocon(steps.get(i + 1)), Clock.systemUTC());
      client.begin(port(before), "before" + i);
      client.begin(port(after), "after" + i);
      if (i + 2 < steps.size()) {
        assertThat(client.resume(port(after), "before" + i)).isEqualTo(Handshake.RESUMED);
      }
      if (i > 0) {
        assertThat(client.resume(port(before), "after" + i)).isEqualTo(Handshake.RESUMED);
      }
    }
  }

  // ---- who may resume what

  @ParameterizedTest
  @ValueSource(strings = {"tls1_2", "tls1_3"})
  void aSessionThatBeganUnderOtherTrustIsNotResumed(String version) throws Exception {
    TestPki.USER.write(gateway.file("user.pem"), gateway.file("user.key"));
    Identity.writeCertificates(
        gateway.file("more.pem"),
        List.of(TestPki.USERS.certificate(), TestPki.STRANGERS.certificate()));
    TestPki.STRANGERS
        .issue(CertificateRequest.of("stranger").usage(Usage.CLIENT_AUTH))
        .write(gateway.file("stranger.pem"), gateway.file("stranger.key"));
    String required = DERIVED + ", client-auth { mode = required, trust = clients-ca.pem }";
    gateway.startWith(hocon(required));
    Gateway same = gateway.another(hocon(required), Clock.systemUTC());
    Gateway none = gateway.another(hocon(DERIVED), Clock.systemUTC());
    Gateway more =
        gateway.another(
            hocon(DERIVED + ", client-auth { mode = required, trust = more.pem }"),
            Clock.systemUTC());
    OpensslClient client = client(version);

    client.begin(port(none), "anonymous");
    assertThat(client.resume(port(), "anonymous")).isEqualTo(Handshake.FAILED);
    client.begin(port(more), "stranger", "-cert", "stranger.pem", "-key", "stranger.key");
    assertThat(client.resume(port(), "stranger")).isEqualTo(Handshake.FAILED);
    client.begin(port(), "user", "-cert", "user.pem", "-key", "user.key");
    assertThat(client.resume(port(same), "user")).isEqualTo(Handshake.RESUMED);
    assertThat(client.resume(port(more), "user", "-cert", "user.pem", "-key", "user.key"))
        .isEqualTo(Handshake.FULL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tls1_2", "tls1_3"})
  void keysInMemoryAreOfNoUseElsewhere(String version) throws Exception {
    gateway.startWith(hocon(""));
    Gateway other = gateway.another(hocon(""), Clock.systemUTC());
    OpensslClient client = client(version);
    client.begin(port(), "session");
    assertThat(client.resume(port(other), "session")).isEqualTo(Handshake.FULL);
    assertThat(client.resume(port(), "session")).isEqualTo(Handshake.RESUMED);
  }

  // ---- without tickets

  @Test
  void withoutTicketsTls12SessionsAreRememberedByIdentifier() throws Exception {
    gateway.startWith(hocon(OFF));
    OpensslClient client = client("tls1_2");
    client.begin(port(), "session");
    assertThat(client.describe("session")).doesNotContain("session ticket");
    assertThat(client.resume(port(), "session")).isEqualTo(Handshake.RESUMED);
    assertThat(gateway.metric("gateway_tls_handshakes_total", "resumed=\"true\"")).isEqualTo(1);
  }

  @Test
  void aClientThatTakesNoTicketsIsRememberedBesideThem() throws Exception {
    gateway.startWith(hocon(""));
    OpensslClient client = client("tls1_2");
    client.begin(port(), "session", "-no_ticket");
    assertThat(client.describe("session")).doesNotContain("session ticket");
    assertThat(client.resume(port(), "session", "-no_ticket")).isEqualTo(Handshake.RESUMED);
  }

  @Test
  void theCacheForgetsTheOldestSessionFirst() throws Exception {
    gateway.startWith(hocon(OFF + ", session-cache.size = 1"));
    OpensslClient client = client("tls1_2");
    client.begin(port(), "first");
    client.begin(port(), "second");
    assertThat(client.resume(port(), "first")).isEqualTo(Handshake.FULL);
  }

  @Test
  void withoutTicketsTls13SessionsAreNotResumed() throws Exception {
    gateway.startWith(hocon(OFF));
    assertThat(client("tls1_3").begin(port(), "session")).isFalse();
  }

  /** Begun while there were tickets, offered when there are none any more. */
  @Test
  void aTicketIsNoUseWhereTheyAreOff() throws Exception {
    gateway.startWith(hocon(DERIVED));
    Gateway off = gateway.another(hocon(OFF), Clock.systemUTC());
    for (String version : List.of("tls1_2", "tls1_3")) {
      client(version).begin(port(), version);
      assertThat(client(version).resume(port(off), version)).isEqualTo(Handshake.FULL);
    }
  }

  @Test
  void withNeitherTicketsNorCacheNothingIsResumed() throws Exception {
    gateway.startWith(hocon(OFF + ", session-cache.size = 0"));
    assertThat(client("tls1_3").begin(port(), "session13")).isFalse();
    assertThat(client("tls1_2").begin(port(), "session12")).isFalse();
    assertThat(gateway.metric("gateway_tls_handshakes_total", "resumed=\"true\"")).isZero();
  }
}
