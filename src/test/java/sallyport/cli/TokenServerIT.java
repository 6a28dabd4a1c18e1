package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Peers;
import sallyport.testkit.RawClient;
import sallyport.testkit.Secrets;
import sallyport.testkit.Setup;
import sallyport.testkit.Signals;
import sallyport.testkit.SoftHsm;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;
import sallyport.tools.pki.Identity;

/** A token behind a server that ends and starts again: p11-kit's, in front of SoftHSM2. */
class TokenServerIT {
  private static final String CLIENT = "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so";

  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  private @Nullable Process server;

  private SoftHsm hsm;

  @BeforeEach
  void aKeyInTheToken() throws Exception {
    Peers.demand("p11-kit", CLIENT);
    hsm = SoftHsm.create();
    Identity identity =
        TestPki.FRONT.issue(
            CertificateRequest.of("server").dns("localhost").usage(Usage.SERVER_AUTH));
    hsm.store("server", "01", identity);
    Identity.writeCertificates(fixture.file("server.pem"), identity.chain());
    Secrets.write(fixture.file("pin"), SoftHsm.PIN);
    Files.writeString(
        fixture.file("gateway.conf"),
        Setup.to(fixture.origin(r -> r.reply(200, "hello")))
            .certificates(
                "[ { chain = server.pem, pkcs11 { module = \""
                    + CLIENT
                    + "\", token = sallyport, key = server, pin.file = pin } } ]")
            .hocon());
    fixture.closing(this::endServer);
  }

  private void startServer() throws IOException {
    server =
        new ProcessBuilder(
                List.of(
                    "p11-kit",
                    "server",
                    "-f",
                    "-n",
                    fixture.file("socket").toString(),
                    "--provider",
                    SoftHsm.MODULE,
                    "pkcs11:token=sallyport"))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    // It says so once it listens.
    assertThat(server.inputReader(StandardCharsets.UTF_8).readLine()).contains("P11_KIT");
  }

  private void endServer() throws Exception {
    if (server != null) {
      List<ProcessHandle> all = server.descendants().toList();
      server.destroyForcibly().waitFor();
      // Each connection has a process of its own.
      for (ProcessHandle each : all) {
        each.destroyForcibly();
        each.onExit().get(20, TimeUnit.SECONDS);
      }
      Files.deleteIfExists(fixture.file("socket"));
    }
    server = null;
  }

  private Process startGateway() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Script.ROOT.resolve("bin/sallyport").toString(), "run", "-c", "gateway.conf")
            .directory(fixture.folder().toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder
        .environment()
        .put("P11_KIT_SERVER_ADDRESS", "unix:path=" + fixture.file("socket").toAbsolutePath());
    Process process = builder.start();
    fixture.closing(process::destroyForcibly);
    return process;
  }

  /** Reads up to the first line with this in it. */
  private static String await(BufferedReader lines, String text) throws Exception {
    return CompletableFuture.supplyAsync(
            () ->
                lines
                    .lines()
                    .filter(line -> line.contains(text))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("ended without: " + text)),
            Thread::startVirtualThread)
        .get(60, TimeUnit.SECONDS);
  }

  private static int status(InetSocketAddress https) throws IOException {
    RawClient client;
    try {
      client = RawClient.tls(https);
    } catch (IOException refused) {
      return 0;
    }
    try (client) {
      return client.get("/").read().status();
    }
  }

  @Test
  void aTokenWhoseServerStartsAgainSignsAgain() throws Exception {
    startServer();
    Process gateway = startGateway();
    BufferedReader said = gateway.errorReader(StandardCharsets.UTF_8);
    String serving = gateway.inputReader(StandardCharsets.UTF_8).readLine();
    assertThat(serving).startsWith("serving ");
    InetSocketAddress https =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), DemoIT.port(serving, "https"));
    assertThat(status(https)).isEqualTo(200);
    for (int outage = 0; outage < 2; outage++) {
      endServer();
      assertThat(status(https)).isZero();
      assertThat(await(said, "\"token-away\"")).contains("CKR_DEVICE_ERROR");
      assertThat(await(said, "cannot be opened again yet")).doesNotContain("PIN");
      startServer();
      await(said, "\"token-back\"");
      assertThat(status(https)).isEqualTo(200);
    }
    assertThat(gateway.isAlive()).isTrue();
  }

  private void signal(String name) throws Exception {
    Process inUse = Objects.requireNonNull(server);
    // Each connection has a process of its own.
    Signals.send(name, Stream.concat(Stream.of(inUse.toHandle()), inUse.descendants()));
  }

  private static String get(InetSocketAddress admin, String path) throws IOException {
    try (RawClient client = RawClient.plain(admin)) {
      return client.get(path).read().body();
    }
  }

  @Test
  void aTokenThatHangsIsAwayUntilItAnswersAgain() throws Exception {
    Files.writeString(
        fixture.file("gateway.conf"),
        "\ngateway.keys { open-timeout = 1s, signers.timeout = 500ms }\n",
        StandardOpenOption.APPEND);
    startServer();
    Process gateway = startGateway();
    BufferedReader said = gateway.errorReader(StandardCharsets.UTF_8);
    String serving = gateway.inputReader(StandardCharsets.UTF_8).readLine();
    assertThat(serving).startsWith("serving ");
    InetAddress here = InetAddress.getLoopbackAddress();
    InetSocketAddress https = new InetSocketAddress(here, DemoIT.port(serving, "https"));
    InetSocketAddress admin = new InetSocketAddress(here, DemoIT.port(serving, "admin"));
    assertThat(status(https)).isEqualTo(200);
    for (int outage = 0; outage < 2; outage++) {
      signal("STOP");
      assertThat(status(https)).isZero();
      assertThat(await(said, "\"token-away\"")).contains("does not answer");
      assertThat(get(admin, "/readyz")).contains("token away: sallyport");
      assertThat(get(admin, "/metrics")).contains("gateway_tls_token_up{token=\"sallyport\"} 0");
      signal("CONT");
      await(said, "\"token-back\"");
      assertThat(get(admin, "/readyz")).startsWith("ready");
      assertThat(get(admin, "/metrics")).contains("gateway_tls_token_up{token=\"sallyport\"} 1");
      assertThat(status(https)).isEqualTo(200);
    }
  }

  /** The one thread for signatures waits for the token that hangs. */
  @Test
  void aTokenThatHangsTakesNoSignatureFromAnother() throws Exception {
    hsm.initialize("other", SoftHsm.PIN);
    Identity identity =
        TestPki.FRONT.issue(
            CertificateRequest.of("other").dns("localhost").usage(Usage.SERVER_AUTH));
    hsm.store("other", "other", "02", identity);
    Identity.writeCertificates(fixture.file("other.pem"), identity.chain());
    Files.writeString(
        fixture.file("gateway.conf"),
        """

        gateway {
          keys.signers { threads = 1, timeout = 1s }
          listeners.second {
            bind = "127.0.0.1:0"
            tls.certificates = [
              { chain = other.pem
                pkcs11 { module = "%s", token = other, key = other, pin.file = pin } } ]
          }
        }
        """
            .formatted(SoftHsm.MODULE),
        StandardOpenOption.APPEND);
    startServer();
    Process gateway = startGateway();
    BufferedReader said = gateway.errorReader(StandardCharsets.UTF_8);
    String serving = gateway.inputReader(StandardCharsets.UTF_8).readLine();
    assertThat(serving).startsWith("serving ");
    InetAddress here = InetAddress.getLoopbackAddress();
    InetSocketAddress https = new InetSocketAddress(here, DemoIT.port(serving, "https"));
    InetSocketAddress second = new InetSocketAddress(here, DemoIT.port(serving, "second"));
    InetSocketAddress admin = new InetSocketAddress(here, DemoIT.port(serving, "admin"));
    assertThat(status(https)).isEqualTo(200);
    signal("STOP");
    assertThat(status(https)).isZero();
    assertThat(await(said, "\"token-away\"")).contains("does not answer");
    assertThat(status(second)).isEqualTo(200);
    assertThat(get(admin, "/metrics")).contains("gateway_tls_token_up{token=\"other\"} 1");
    signal("CONT");
    await(said, "\"token-back\"");
    assertThat(status(https)).isEqualTo(200);
    assertThat(status(second)).isEqualTo(200);
  }
}
