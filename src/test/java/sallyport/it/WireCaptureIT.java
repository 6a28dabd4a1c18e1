package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LocalOrigin;
import sallyport.testkit.Peers;
import sallyport.testkit.PostgresServer;
import sallyport.testkit.RawClient;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.Identity;

/**
 * A planted name that plain services and senders of this machine, and sessions of PostgreSQL, get
 * and send is in no packet of the wire to another network namespace. A request in clear text proves
 * that the capture would have it.
 */
class WireCaptureIT {
  private static final String PLANTED = "Planted-Patient-Quillfeather";
  private static final String CONTROL = "Seen-On-The-Wire";
  private static final String HERE = "198.18.77.1";
  private static final String THERE = "198.18.77.2";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final String space = "sp" + ProcessHandle.current().pid();
  private final String link = "spg" + ProcessHandle.current().pid();
  private final List<Process> started = new ArrayList<>();
  private boolean made;

  @BeforeEach
  void makeNetwork() throws Exception {
    Peers.demand("tcpdump", "ip", "curl", "openssl");
    made = exit("ip", "netns", "add", space) == 0;
    assumeTrue(made, "needs root and network namespaces");
    String other = "spc" + ProcessHandle.current().pid();
    run("ip", "link", "add", link, "type", "veth", "peer", "name", other);
    run("ip", "link", "set", other, "netns", space);
    run("ip", "addr", "add", HERE + "/30", "dev", link);
    run("ip", "link", "set", link, "up");
    run("ip", "-n", space, "addr", "add", THERE + "/30", "dev", other);
    run("ip", "-n", space, "link", "set", other, "up");
  }

  @AfterEach
  void removeNetwork() throws Exception {
    for (Process process : started) {
      process.destroy();
      process.waitFor();
    }
    if (made) {
      // The link goes with the namespace that one end of it is in.
      run("ip", "netns", "del", space);
    }
  }

  private static int exit(String... command) throws Exception {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private static void run(String... command) throws Exception {
    assertThat(exit(command)).as(String.join(" ", command)).isZero();
  }

  /** Starts a process, and returns once its output has this text. */
  private void start(String ready, String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    started.add(process);
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = out.readLine(); ; line = out.readLine()) {
      if (line == null) {
        throw new AssertionError(String.join(" ", command) + " ended");
      }
      if (line.contains(ready)) {
        break;
      }
    }
    Thread.ofVirtual().start(() -> discard(out));
  }

  private static void discard(BufferedReader out) {
    try {
      out.transferTo(Writer.nullWriter());
    } catch (IOException ended) {
      // So has the process.
    }
  }

  private String curl(String url, String... more) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("ip", "netns", "exec", space, "curl", "-sk", "--max-time", "20"));
    command.addAll(List.of(more));
    command.add(url);
    Process curl = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(curl.waitFor()).as(out).isZero();
    return out;
  }

  private static boolean has(Path capture, String text) {
    try {
      return Files.readString(capture, StandardCharsets.ISO_8859_1).contains(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a partner in the other namespace, which demands a client certificate. */
  private void startPartner(String answers) throws IOException {
    TestPki.BACKEND.write(gateway.file("backend.pem"), gateway.file("backend.key"));
    start(
        "ACCEPT",
        "ip",
        "netns",
        "exec",
        space,
        "openssl",
        "s_server",
        "-accept",
        THERE + ":9443",
        "-cert",
        gateway.file("backend.pem").toString(),
        "-key",
        gateway.file("backend.key").toString(),
        "-Verify",
        "3",
        "-CAfile",
        gateway.file("backend-ca.pem").toString(),
        answers);
  }

  /**
   * Captures what passes an interface.
   *
   * @param filter of tcpdump
   */
  private Path startCapture(String of, String... filter) throws IOException {
    Path capture = gateway.file("wire.pcap");
    List<String> command =
        new ArrayList<>(
            List.of("tcpdump", "-i", of, "-U", "--immediate-mode", "-s", "0", "-Z", "root", "-w"));
    command.add(capture.toString());
    command.addAll(List.of(filter));
    start("listening on", command.toArray(String[]::new));
    return capture;
  }

  @Test
  void nothingOfASenderOfPlainTcpIsOnTheWire() throws Exception {
    // Each line comes back reversed: the partner has read it.
    startPartner("-rev");
    Path capture = startCapture(link);
    gateway.startWith(
        """
        gateway {
          listeners {
            out { bind = "127.0.0.1:0", plain = local, forward-to = partner }
            http { bind = "%1$s:0", redirect-to = https }
            https {
              bind = "%1$s:0"
              tls.certificates = [ { chain = server.pem, key = server.key } ]
            }
          }
          backends.partner {
            endpoints = [ "%2$s:9443" ]
            tls {
              trust = backend-ca.pem
              certificate { chain = client.pem, key = client.key }
              server-name = legacy.internal
            }
          }
          admin.bind = "127.0.0.1:0"
        }
        """
            .formatted(HERE, THERE));
    InetSocketAddress out = gateway.gateway().address("out");
    String reversed = new StringBuilder(PLANTED).reverse().toString();
    try (Socket sender = new Socket(out.getAddress(), out.getPort())) {
      sender.setSoTimeout(20_000);
      sender.getOutputStream().write((PLANTED + "\n").getBytes(StandardCharsets.US_ASCII));
      byte[] answer = sender.getInputStream().readNBytes(reversed.length());
      assertThat(new String(answer, StandardCharsets.US_ASCII)).isEqualTo(reversed);
    }
    curl("http://" + HERE + ":" + gateway.http().getPort() + "/" + CONTROL);
    Eventually.equal("the capture has clear text", true, () -> has(capture, CONTROL));
    assertThat(has(capture, PLANTED)).as("the planted name is on the wire").isFalse();
    assertThat(has(capture, reversed)).as("its answer is on the wire").isFalse();
  }

  /** Both ways are captured: psql in the other namespace, and the server on the loopback. */
  @Test
  void nothingOfASessionOfPostgresqlIsOnAnyWire() throws Exception {
    Identity clinic = TestPki.BACK.issue(CertificateRequest.of("clinic").usage(CLIENT_AUTH));
    clinic.write(gateway.file("clinic.pem"), gateway.file("clinic.key"));
    TestPki.trust(gateway.file("front-ca.pem"), TestPki.FRONT);
    PostgresServer server =
        gateway.closing(
            PostgresServer.start(
                TestPki.BACKEND,
                "hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-full"));
    gateway.startWith(
        """
        gateway {
          listeners {
            database {
              bind = "%1$s:0"
              protocol = postgres
              tls.certificates = [ { chain = server.pem, key = server.key } ]
              forward-to = patients
            }
            http { bind = "%1$s:0", redirect-to = https }
            https {
              bind = "%1$s:0"
              tls.certificates = [ { chain = server.pem, key = server.key } ]
            }
          }
          backends.patients {
            endpoints = [ "%2$s" ]
            tls {
              trust = backend-ca.pem
              certificate { chain = clinic.pem, key = clinic.key }
              server-name = legacy.internal
            }
          }
          admin.bind = "127.0.0.1:0"
        }
        """
            .formatted(HERE, server.address()));
    int port = gateway.gateway().address("database").getPort();
    int http = gateway.http().getPort();
    Path capture =
        startCapture("any", "tcp port %d or %d or %d".formatted(port, server.port(), http));
    ProcessBuilder psql =
        PostgresServer.psql(
            "host=gateway.test hostaddr=%s port=%d user=clinic dbname=postgres sslmode=verify-full sslrootcert=%s channel_binding=disable"
                .formatted(HERE, port, gateway.file("front-ca.pem")),
            "select '" + PLANTED + "' || '-back'");
    psql.command().addAll(0, List.of("ip", "netns", "exec", space));
    Process session = psql.redirectErrorStream(true).start();
    String out = new String(session.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(session.waitFor()).as(out).isZero();
    assertThat(out).contains(PLANTED + "-back");
    // One control for each way.
    curl("http://" + HERE + ":" + http + "/" + CONTROL);
    try (RawClient loopback = RawClient.plain(new InetSocketAddress(HERE, http))) {
      loopback.get("/" + CONTROL + "-here").read();
    }
    Eventually.equal("the capture has clear text", true, () -> has(capture, CONTROL + " HTTP"));
    Eventually.equal("also of loopback", true, () -> has(capture, CONTROL + "-here HTTP"));
    assertThat(has(capture, PLANTED)).as("the planted name is on a wire").isFalse();
  }

  @Test
  void nothingOfAPlainServiceOrSenderIsOnTheWire() throws Exception {
    LocalOrigin service =
        gateway.closing(
            LocalOrigin.at(gateway.file("app.sock"), line -> LocalOrigin.ok(PLANTED + " " + line)));
    LocalOrigin loopback =
        gateway.closing(LocalOrigin.at("127.0.0.1", line -> LocalOrigin.ok(PLANTED)));
    startPartner("-www");
    Path capture = startCapture(link);
    gateway.startWith(
        """
        gateway {
          listeners {
            http { bind = "%1$s:0", redirect-to = https }
            https {
              bind = "%1$s:0"
              tls.certificates = [ { chain = server.pem, key = server.key } ]
            }
            out { bind = "127.0.0.1:0", plain = local }
          }
          routes = [
            { path = /unix, backend = service }
            { path = /loopback, backend = loopback }
            { path = /partner, backend = partner }
          ]
          backends {
            service { plain = local, endpoints = [ "%2$s" ] }
            loopback { plain = local, endpoints = [ "%3$s" ] }
            partner {
              endpoints = [ "%4$s:9443" ]
              protocol = http1
              tls {
                trust = backend-ca.pem
                certificate { chain = client.pem, key = client.key }
                server-name = legacy.internal
              }
            }
          }
          admin.bind = "127.0.0.1:0"
        }
        """
            .formatted(HERE, service.address(), loopback.address(), THERE));
    String https = "https://" + HERE + ":" + gateway.https().getPort();
    String field = "X-Patient: " + PLANTED;
    assertThat(curl(https + "/unix?" + PLANTED, "-H", field, "-d", PLANTED)).startsWith(PLANTED);
    assertThat(service.take()).contains("?" + PLANTED, "\r\n\r\n" + PLANTED);
    assertThat(curl(https + "/loopback?" + PLANTED, "-H", field)).isEqualTo(PLANTED);
    assertThat(loopback.take()).contains("?" + PLANTED);
    RawClient sender = gateway.closing(RawClient.plain(gateway.gateway().address("out")));
    assertThat(
            sender
                .send("GET /partner?" + PLANTED + " HTTP/1.1\r\nHost: p\r\n" + field + "\r\n\r\n")
                .read()
                .status())
        .isEqualTo(200);
    String http = "http://" + HERE + ":" + gateway.http().getPort();
    curl(http + "/" + CONTROL);
    Eventually.equal("the capture has clear text", true, () -> has(capture, CONTROL));
    assertThat(has(capture, PLANTED)).as("the planted name is on the wire").isFalse();
  }

  /** The sidecar is a process on the other side of the wire; its service is a Unix socket. */
  @Test
  void nothingOfAServiceBehindASidecarIsOnTheWire() throws Exception {
    run("ip", "-n", space, "link", "set", "lo", "up");
    LocalOrigin service =
        gateway.closing(
            LocalOrigin.at(gateway.file("app.sock"), line -> LocalOrigin.ok(PLANTED + " " + line)));
    Identity client =
        TestPki.BACK.issue(
            CertificateRequest.of("gateway")
                .dns("gateway.clinic.test")
                .usage(CertificateRequest.Usage.CLIENT_AUTH));
    client.write(gateway.file("client.pem"), gateway.file("client.key"));
    TestPki.BACKEND.write(gateway.file("backend.pem"), gateway.file("backend.key"));
    start(
        "serving ",
        "ip",
        "netns",
        "exec",
        space,
        "env",
        "JAVA_HOME=" + System.getProperty("java.home"),
        Path.of("bin/sallyport").toAbsolutePath().toString(),
        "sidecar",
        "--listen",
        THERE + ":9443",
        "--to",
        service.address(),
        "--certificate",
        gateway.file("backend.pem").toString(),
        "--key",
        gateway.file("backend.key").toString(),
        "--trust",
        gateway.file("backend-ca.pem").toString(),
        "--allow",
        "gateway.clinic.test");
    Path capture = startCapture(link);
    gateway.startWith(
        """
        gateway {
          listeners {
            http { bind = "%1$s:0", redirect-to = https }
            https {
              bind = "%1$s:0"
              tls.certificates = [ { chain = server.pem, key = server.key } ]
            }
          }
          routes = [ { backend = sidecar } ]
          backends.sidecar {
            endpoints = [ "%2$s:9443" ]
            tls {
              trust = backend-ca.pem
              certificate { chain = client.pem, key = client.key }
              server-name = legacy.internal
            }
          }
          admin.bind = "127.0.0.1:0"
        }
        """
            .formatted(HERE, THERE));
    String https = "https://" + HERE + ":" + gateway.https().getPort();
    assertThat(curl(https + "/a?" + PLANTED, "-H", "X-Patient: " + PLANTED, "-d", PLANTED))
        .startsWith(PLANTED);
    assertThat(service.take()).contains("?" + PLANTED, "\r\n\r\n" + PLANTED);
    curl("http://" + HERE + ":" + gateway.http().getPort() + "/" + CONTROL);
    Eventually.equal("the capture has clear text", true, () -> has(capture, CONTROL));
    assertThat(has(capture, PLANTED)).as("the planted name is on the wire").isFalse();
  }
}
