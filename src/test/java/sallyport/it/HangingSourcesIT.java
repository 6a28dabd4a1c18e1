package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.credentials.certificates.Certificates;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OpensslCa;
import sallyport.testkit.PageCommands;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;
import sallyport.tools.pki.Identity;

/** A source of one listener's key that hangs: what else goes on, and what is said. */
class HangingSourcesIT {
  private static final String WATCHED = "keys { watch = 100ms, open-timeout = 10m }";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  @BeforeEach
  void aKeyWhosePassphraseIsAskedFor() throws Exception {
    PageCommands.run(
        gateway.folder(),
        "openssl pkcs8 -topk8 -v2 aes-256-cbc -in server.key -out enc.key -passout pass:secret"
            + " && chmod 600 enc.key && mkfifo hangs");
    TestPki.trust(gateway.file("users.pem"), TestPki.USERS);
    Files.writeString(gateway.file("denied.txt"), "");
  }

  /** Its command answers until there is a file {@code hang}; then says that it hangs, and does. */
  private String hanging() {
    return """
        [ { chain = server.pem, key = enc.key, passphrase.command = [ sh, -c,
          "if [ -e '%1$s/hang' ]; then echo > '%1$s/hangs'; exec sleep 600; fi; echo secret" ] } ]
        """
        .formatted(gateway.folder());
  }

  /** The listener {@code https} has the key in question, {@code other} has a deny list. */
  private Setup setup() {
    return Setup.to(gateway.origin(r -> r.reply(200, "hello")))
        .certificates(hanging())
        .gateway(
            """
            %s
            drain-timeout = 1s
            listeners.other {
              bind = "127.0.0.1:0"
              tls {
                certificates = [ { chain = server.pem, key = server.key } ]
                client-auth { mode = required, trust = users.pem, deny = denied.txt }
              }
            }
            """
                .formatted(WATCHED));
  }

  /** Has the chain change, and returns once its owner hangs at the command. */
  private void hang() throws IOException {
    Files.createFile(gateway.file("hang"));
    Files.writeString(gateway.file("server.pem"), "\n", StandardOpenOption.APPEND);
    assertThat(Files.readString(gateway.file("hangs"))).isEqualTo("\n");
  }

  /** So that it does not wait for who reads it. */
  private void takeItsWord() {
    Path hangs = gateway.file("hangs");
    Thread.startVirtualThread(
        () -> {
          try {
            Files.readString(hangs);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private int statusAtOther() throws IOException {
    SSLContext user = TestPki.context(TestPki.USER, TestPki.FRONT);
    try (RawClient client = RawClient.tls(gateway.gateway().address("other"), user, "localhost")) {
      return client.status();
    } catch (ConnectException nobody) {
      throw nobody;
    } catch (IOException refused) {
      return 0;
    }
  }

  private void denyUser() throws IOException {
    Files.writeString(
        gateway.file("denied.txt"),
        "sha256:" + Certificates.fingerprint(TestPki.USER.certificate()) + "\n");
  }

  @Test
  void theDenyListOfAnotherListenerIsTakenUp() throws Exception {
    gateway.start(setup());
    assertThat(statusAtOther()).isEqualTo(200);
    hang();
    denyUser();
    gateway.audit().awaitContaining("\"use\":\"denied\"");
    assertThat(statusAtOther()).isZero();
    assertThat(gateway.metric("gateway_tls_rotation_running_seconds")).isPositive();
  }

  @Test
  void theRevocationListsOfTheSameListenerAreTakenUp() throws Exception {
    OpensslCa ca = OpensslCa.create(gateway.file("ca-1"), "users");
    var user = ca.issueUser("user");
    ca.list(gateway.file("users.crl"));
    gateway.start(
        setup()
            .tls(
                "client-auth { mode = required, trust = ca-1/ca.pem,"
                    + " revocation.crls = [ users.crl ] }"));
    assertThat(gateway.statusOf(user)).isEqualTo(200);
    hang();
    ca.revoke(user);
    ca.list(gateway.file("users.crl"));
    gateway.audit().awaitContaining("\"use\":\"client-crls\"");
    assertThat(gateway.statusOf(user)).isZero();
  }

  @Test
  void aReloadOfSomethingElseIsDone() throws Exception {
    Path file = gateway.file("gateway.conf");
    Setup setup = setup();
    Files.writeString(file, setup.hocon());
    gateway.startFrom(file);
    hang();
    Files.writeString(
        file, setup.hocon().replace("deny = denied.txt", "deny = denied.txt, max-depth = 1"));
    var response = gateway.reload("");
    assertThat(response.body()).contains("still being opened, which goes on");
    assertThat(response.statusCode()).isEqualTo(200);
  }

  @Test
  void aConfigurationThatHangsHoldsUpNoLaterReload() throws Exception {
    Path file = gateway.file("gateway.conf");
    Files.writeString(
        file,
        Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .gateway("keys.open-timeout = 1s")
            .hocon());
    gateway.startFrom(file);
    Path aside = gateway.file("aside.conf");
    Files.move(file, aside);
    assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
    var hung = gateway.reload("");
    assertThat(hung.statusCode()).isEqualTo(409);
    assertThat(hung.body())
        .contains("the configuration did not answer within keys.open-timeout, 1 s");
    assertThat(gateway.reload("").body()).contains("still hangs from an earlier try");
    Path pipe = gateway.file("pipe");
    Files.move(file, pipe);
    Files.move(aside, file);
    // Its reader comes to an end.
    Files.writeString(pipe, "");
    gateway.awaitMetric(0, "gateway_keys_sources_hanging");
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
  }

  // ---- slow ones

  /** Another listener, opened after {@code https}: its passphrase comes when the test says so. */
  private String slow() {
    return """
        listeners.slow {
          bind = "127.0.0.1:0"
          tls.certificates = [ {
            chain = slow.pem, key = enc.key, passphrase.command = [ cat, "%s/hangs" ]
          } ]
        }
        """
        .formatted(gateway.folder());
  }

  /** Does this, replaces the files of {@code https} meanwhile, and says what they hold now. */
  private X509Certificate whileFilesAreReplaced(Runnable opening) throws Exception {
    Identity next =
        TestPki.FRONT.issue(
            CertificateRequest.of("next")
                .dns("localhost", "gateway.test", "*.wild.test")
                .ip("127.0.0.1")
                .usage(Usage.SERVER_AUTH));
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      Future<?> replaced =
          other.submit(
              () -> {
                // The command is there to read it once https has been opened.
                try (OutputStream asked = Files.newOutputStream(gateway.file("hangs"))) {
                  next.write(gateway.file("server.pem"), gateway.file("server.key"));
                  asked.write("secret\n".getBytes(StandardCharsets.US_ASCII));
                }
                return null;
              });
      opening.run();
      replaced.get();
    }
    return next.certificate();
  }

  private X509Certificate served() throws IOException {
    try (RawClient client = RawClient.tls(gateway.https())) {
      return (X509Certificate) ((SSLSocket) client.socket()).getSession().getPeerCertificates()[0];
    }
  }

  @Test
  void whatIsReplacedDuringALongStartIsTakenUp() throws Exception {
    Files.copy(gateway.file("server.pem"), gateway.file("slow.pem"));
    String hocon =
        Setup.to(gateway.origin(r -> r.reply(200, "hello")))
            .gateway(WATCHED + "\n" + slow())
            .hocon();
    X509Certificate next = whileFilesAreReplaced(() -> gateway.startWith(hocon));
    gateway.audit().awaitContaining("keys-rotated");
    assertThat(served()).isEqualTo(next);
  }

  @Test
  void whatIsReplacedDuringALongReloadIsTakenUp() throws Exception {
    Files.copy(gateway.file("server.pem"), gateway.file("slow.pem"));
    Path file = gateway.file("gateway.conf");
    Setup setup = Setup.to(gateway.origin(r -> r.reply(200, "hello")));
    Files.writeString(file, setup.gateway(WATCHED).hocon());
    gateway.startFrom(file);
    // https changes with it, and so is opened anew.
    Files.writeString(
        file, setup.gateway(WATCHED + "\n" + slow()).limits("max-fields = 50").hocon());
    X509Certificate next =
        whileFilesAreReplaced(() -> assertThat(gateway.reload("").statusCode()).isEqualTo(200));
    gateway.audit().awaitContaining("keys-rotated");
    assertThat(served()).isEqualTo(next);
  }

  // ---- the end

  @Test
  void theGatewayStops() throws Exception {
    gateway.start(setup());
    InetSocketAddress https = gateway.https();
    hang();
    assertThat(gateway.gateway().drain(Duration.ofSeconds(20))).isTrue();
    gateway.stop();
    assertThatThrownBy(() -> RawClient.tls(https)).isInstanceOf(ConnectException.class);
  }

  @Test
  void atTheLimitItIsSaidWhatHangsAndWhatIsInUseStays() throws Exception {
    Setup setup = setup();
    gateway.startWith(setup.hocon().replace("open-timeout = 10m", "open-timeout = 1s"));
    hang();
    assertThat(gateway.audit().awaitContaining("rotation-refused"))
        .contains(
            "\"name\":\"https\"",
            "certificates[0].key: the command sh did not answer within keys.open-timeout, 1 s");
    assertThat(gateway.metric("gateway_keys_source_timeouts_total", "kind=\"command\""))
        .isEqualTo(1);
    assertThat(
            gateway.metric("gateway_tls_rotations_total", "name=\"https\"", "outcome=\"refused\""))
        .isEqualTo(1);
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    // What has changed since is opened, now that the command answers.
    Files.delete(gateway.file("hang"));
    assertThat(gateway.gateway().reload("test", null)).isTrue();
  }

  @Test
  void whereNothingOfItHasChangedItIsNoReasonToRefuseAReload() throws Exception {
    gateway.startWith(
        setup()
            .hocon()
            .replace("watch = 100ms, open-timeout = 10m", "watch = 0, open-timeout = 1s"));
    Files.createFile(gateway.file("hang"));
    takeItsWord();
    var response = gateway.reload("");
    assertThat(response.body())
        .contains("listener https: not opened again, what is in use stays: ", "the command sh")
        .contains("listener other: unchanged");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(gateway.metric("gateway_tls_rotations_total", "outcome=\"unanswered\""))
        .isEqualTo(1);
  }

  @Test
  void nothingStartsWithACommandThatHangs() throws Exception {
    Files.createFile(gateway.file("hang"));
    takeItsWord();
    List<String> problems =
        gateway
            .problem(setup().hocon().replace("open-timeout = 10m", "open-timeout = 1s"))
            .problems();
    assertThat(problems)
        .singleElement()
        .asString()
        .startsWith("configuration:6: listeners.https.tls.certificates[0].key: the command sh did");
  }
}
