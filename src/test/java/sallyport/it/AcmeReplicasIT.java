package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.cli.Main;
import sallyport.credentials.certificates.Certificates;
import sallyport.gateway.Gateway;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.OneLane;
import sallyport.testkit.Pebble;
import sallyport.testkit.RawClient;
import sallyport.testkit.Secrets;
import sallyport.testkit.Setup;
import sallyport.testkit.Signals;
import sallyport.testkit.TestPki;

/**
 * Gateways that share an ACME store, and Let's Encrypt's test server, which reaches any of them.
 */
@OneLane("Orders run on threads of their own; RotationIT puts their results to use.")
class AcmeReplicasIT {
  private static final String NAME = "portal.acme.test";
  private static final Duration LONG = Duration.ofDays(90);

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Pebble authority() throws Exception {
    Pebble authority = gateway.closing(Pebble.start(gateway.folder(), LONG));
    authority.hold();
    Secrets.write(gateway.file("acme.pass"), "correct horse battery staple");
    return authority;
  }

  private String configuration(Pebble authority, String account) {
    return Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .certificates("[ { acme = pebble, names = [ " + NAME + " ] } ]")
            .gateway("keys.watch = 200ms")
            .hocon()
        + """
        gateway.acme.pebble {
          directory = "%s"
          terms-agreed = true
          store = acme
          passphrase.file = acme.pass
          trust = ca.pem
          renew.retry-first = 500ms
          %s
        }
        """
            .formatted(authority.directory(), account);
  }

  private Gateway replica(String configuration) {
    return gateway.another(configuration, Clock.systemUTC());
  }

  private X509Certificate shown(Gateway replica, Pebble authority) throws Exception {
    try (RawClient client = RawClient.tls(replica.address("https"), authority.context(), NAME)) {
      assertThat(client.get("/").read().status()).isEqualTo(200);
      return (X509Certificate) ((SSLSocket) client.socket()).getSession().getPeerCertificates()[0];
    }
  }

  private List<String> audited(String event) {
    return gateway.audit().all().stream().filter(line -> line.contains(event)).toList();
  }

  private List<Path> stored(String part) throws IOException {
    try (Stream<Path> files = Files.walk(gateway.file("acme"))) {
      return files.filter(file -> file.toString().contains(part)).toList();
    }
  }

  // ---- one orders, and any answers

  @ParameterizedTest
  @ValueSource(strings = {"http-01", "tls-alpn-01"})
  void theReplicaThatDoesNotOrderAnswersTheAuthorityAndUsesWhatIsIssued(String challenge)
      throws Exception {
    Pebble authority = authority();
    String configuration = configuration(authority, "challenge = " + challenge);
    Gateway leader = replica(configuration);
    gateway.audit().awaitContaining("acme-ordered");
    Gateway other = replica(configuration);
    authority.reaches(other.address("http"), other.address("https"));
    gateway.audit().awaitContaining("acme-issued");
    gateway.audit().awaitContaining("keys-rotated", 2);
    assertThat(shown(other, authority)).isEqualTo(shown(leader, authority));
    assertThat(audited("acme-ordered")).hasSize(1);
    assertThat(audited("acme-account-made")).hasSize(1);
    assertThat(audited("acme-failed")).isEmpty();
    assertThat(audited("handshake-refused")).isEmpty();
    assertThat(stored("challenges/")).as("answers to challenges").isEmpty();
    assertThat(stored("account.key")).hasSize(1);
    Path lease = stored("replicas/").getFirst();
    assertThat(Files.getPosixFilePermissions(lease))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void oneReplicaLeadsAndTheNextDoesWhenItStops() throws Exception {
    LogLines said = gateway.closing(new LogLines("sallyport.credentials.acme.store.Leadership"));
    Pebble authority = authority();
    String configuration = configuration(authority, "");
    gateway.startWith(configuration);
    said.awaitContaining("account pebble: this replica orders certificates");
    authority.reaches(gateway.http(), gateway.https());
    gateway.audit().awaitContaining("keys-rotated");
    assertThat(gateway.metric("gateway_acme_leader", "account=\"pebble\"")).isEqualTo(1);
    Gateway other = replica(configuration);
    said.awaitContaining("/" + ProcessHandle.current().pid() + " orders certificates");
    gateway.stop();
    said.awaitContaining("this replica orders certificates", 2);
    assertThat(shown(other, authority).getSubjectAlternativeNames()).hasSize(1);
    assertThat(audited("acme-ordered")).hasSize(1);
  }

  // ---- strangers

  /** Lets an order wait for an authority that asks elsewhere. */
  private Socket askedElsewhere(Pebble authority, int port, Runnable start) throws Exception {
    authority.resolveTo(Pebble.ELSEWHERE);
    ServerSocket elsewhere =
        gateway.closing(new ServerSocket(port, 10, InetAddress.ofLiteral(Pebble.ELSEWHERE)));
    start.run();
    return gateway.closing(elsewhere.accept());
  }

  private static int ask(InetSocketAddress listener, String path, String host) throws IOException {
    try (RawClient client = RawClient.plain(listener)) {
      client.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      return client.read().status();
    }
  }

  @Test
  void aReplicaAnswersForAnotherNoMoreThanIsPromised() throws Exception {
    Pebble authority = authority();
    String configuration = configuration(authority, "challenge = http-01");
    askedElsewhere(authority, authority.httpPort(), () -> replica(configuration));
    String file = stored("http-01.").getFirst().getFileName().toString();
    String path = "/.well-known/acme-challenge/" + file.substring("http-01.".length());
    InetSocketAddress other = replica(configuration).address("http");
    assertThat(ask(other, path, NAME)).isEqualTo(200);
    assertThat(ask(other, path, "other.acme.test")).isEqualTo(404);
    assertThat(ask(other, path + "x", NAME)).isEqualTo(404);
    assertThat(ask(other, "/.well-known/acme-challenge/%2e%2e%2faccount.key", NAME))
        .isGreaterThanOrEqualTo(400);
    assertThat(ask(other, "/.well-known/acme-challenge/../account.key", NAME))
        .isGreaterThanOrEqualTo(301);
    Files.delete(stored("http-01.").getFirst());
    assertThat(ask(other, path, NAME)).as("once it is withdrawn").isEqualTo(404);
  }

  private SSLSocket acme(Gateway replica, String name) throws Exception {
    SSLParameters parameters = new SSLParameters();
    parameters.setApplicationProtocols(new String[] {"acme-tls/1"});
    return gateway.closing(
        RawClient.handshake(
            replica.address("https"), TestPki.contextThatTrustsAnybody(), name, parameters));
  }

  @Test
  void aReplicaShowsForAnotherNoMoreThanIsPromised() throws Exception {
    Pebble authority = authority();
    String configuration = configuration(authority, "challenge = tls-alpn-01");
    askedElsewhere(authority, authority.tlsPort(), () -> replica(configuration));
    Gateway other = replica(configuration);
    X509Certificate shown =
        (X509Certificate) acme(other, NAME).getSession().getPeerCertificates()[0];
    assertThat(shown.getCriticalExtensionOIDs()).contains("1.3.6.1.5.5.7.1.31");
    assertThat(shown.getSubjectAlternativeNames()).containsExactly(List.of(2, NAME));
    assertThatThrownBy(() -> acme(other, "other.acme.test"))
        .hasMessageContaining("no_application_protocol");
    Files.delete(stored("tls-alpn-01.").getFirst());
    assertThatThrownBy(() -> acme(other, NAME)).hasMessageContaining("no_application_protocol");
  }

  // ---- a leader that ends, or stands still, in the middle of an order

  /** Starts a gateway in a process of its own. */
  private Process process(String configuration) throws IOException {
    Path file = gateway.file("gateway.conf");
    Files.writeString(file, configuration);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "run",
                "-c",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(gateway.file("process.log").toFile())
            .start();
    gateway.closing(
        () -> {
          process.destroyForcibly();
          process.waitFor();
        });
    return process;
  }

  private String processLog() {
    try {
      return Files.readString(gateway.file("process.log"));
    } catch (IOException unreadable) {
      throw new AssertionError(unreadable);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "STOP"})
  @Timeout(180)
  void aLeaderThatEndsOrStandsStillIsReplacedAndOrdersNoMore(String signal) throws Exception {
    LogLines said = gateway.closing(new LogLines("sallyport.credentials.acme.store.Leadership"));
    Pebble authority = authority();
    String configuration = configuration(authority, "challenge = http-01");
    Process leader = process(configuration);
    Eventually.equal(
        Duration.ofMinutes(1),
        "an open challenge",
        true,
        () -> {
          assertThat(leader.isAlive()).as(processLog()).isTrue();
          return isChallenged();
        });
    gateway.startWith(configuration);
    said.awaitContaining("/" + leader.pid() + " orders certificates");
    Signals.send(signal, Stream.of(leader.toHandle()));
    assertThat(gateway.metric("gateway_acme_leader")).isZero();
    // The proof succeeds, and the one that asked for it does not see that.
    authority.reaches(gateway.http(), gateway.https());
    Eventually.equal(Duration.ofMinutes(1), "the next leads", true, () -> isOver(said));
    gateway.audit().awaitContaining("keys-rotated");
    X509Certificate issued = shown(gateway.gateway(), authority);
    if (signal.equals("STOP")) {
      Signals.send("CONT", Stream.of(leader.toHandle()));
      Eventually.equal("the order ends", true, () -> processLog().contains("(lease)"));
      assertThat(processLog()).doesNotContain("acme-issued", "a new certificate is in use");
    }
    assertThat(audited("acme-ordered")).hasSize(1);
    assertThat(audited("acme-issued")).hasSize(1);
    assertThat(audited("acme-failed")).isEmpty();
    assertThat(Certificates.readChain(stored("-ec.pem").getFirst()).getFirst()).isEqualTo(issued);
    assertThat(stored(".new")).isEmpty();
    assertThat(stored("challenges/")).isEmpty();
  }

  private boolean isChallenged() {
    try {
      return Files.exists(gateway.file("acme")) && !stored("http-01.").isEmpty();
    } catch (IOException changing) {
      return false;
    }
  }

  private static boolean isOver(LogLines said) {
    return said.all().stream().anyMatch(line -> line.contains("this replica orders"));
  }
}
