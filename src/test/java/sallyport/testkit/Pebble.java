package sallyport.testkit;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/**
 * An authority that others wrote: Let's Encrypt's test server, on loopback, with a name server of
 * its own that says 127.0.0.1 for every name. It asks at ports that it is told at its start, so
 * that these are chosen first, and the gateway takes them afterwards.
 */
public final class Pebble implements AutoCloseable {
  /**
   * Where nothing listens on the ports at which it asks, and a test can: see {@link #resolveTo}.
   */
  public static final String ELSEWHERE = "127.0.0.2";

  /** Its name server takes the UDP port of the same number too, which can be another's. */
  private static final int TRIES = 3;

  /** A program, and what it says until it serves. */
  private record Program(Process process, CountDownLatch serves) {
    static Program start(Path folder, String servesWhenItSays, List<String> line)
        throws IOException {
      ProcessBuilder builder =
          new ProcessBuilder(line).directory(folder.toFile()).redirectErrorStream(true);
      builder.environment().put("PEBBLE_VA_NOSLEEP", "1");
      builder.environment().put("PEBBLE_AUTHZREUSE", "0");
      Process process = builder.start();
      CountDownLatch serves = new CountDownLatch(1);
      Thread.ofVirtual()
          .start(
              () -> {
                try (BufferedReader out =
                    new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                  String said;
                  while ((said = out.readLine()) != null) {
                    if (said.contains(servesWhenItSays)) {
                      serves.countDown();
                    }
                  }
                } catch (IOException ended) {
                  // Nothing more is said.
                }
              });
      return new Program(process, serves);
    }

    /** Whether it serves; it does not when a port is another's. */
    boolean awaitServing() throws InterruptedException {
      for (int i = 0; i < 200 && process.isAlive(); i++) {
        if (serves.await(100, TimeUnit.MILLISECONDS)) {
          return true;
        }
      }
      return false;
    }

    void stop() throws InterruptedException {
      process.destroy();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private final Program authority;
  private final Program names;
  private final List<HeldPort> ports;
  private final HeldPort.Held<Relay> http;
  private final HeldPort.Held<Relay> tls;

  private Pebble(
      Program authority,
      Program names,
      List<HeldPort> ports,
      HeldPort.Held<Relay> http,
      HeldPort.Held<Relay> tls) {
    this.authority = authority;
    this.names = names;
    this.ports = ports;
    this.http = http;
    this.tls = tls;
  }

  /**
   * Starts it in a folder with what {@link TestPki#writeTo} writes.
   *
   * @param validity of the certificates that it issues
   */
  public static Pebble start(Path folder, Duration validity)
      throws IOException, InterruptedException {
    return start(folder, validity, "");
  }

  /** One that makes accounts for a customer alone, whom it knows by this key in base64. */
  public static Pebble startForCustomer(Path folder, Duration validity, String keyId, String macKey)
      throws IOException, InterruptedException {
    return start(
        folder,
        validity,
        """
        , "externalAccountBindingRequired": true, "externalAccountMACKeys": { "%s": "%s" }"""
            .formatted(keyId, macKey));
  }

  private static Pebble start(Path folder, Duration validity, String more)
      throws IOException, InterruptedException {
    Peers.demand("pebble");
    HeldPort.Held<Relay> http = relay();
    HeldPort.Held<Relay> tls = relay();
    for (int i = 0; i < TRIES; i++) {
      List<HeldPort> ports = Stream.generate(HeldPort::hold).limit(4).toList();
      Program names =
          Program.start(
              folder,
              "Starting management server",
              List.of(
                  "pebble-challtestsrv",
                  "-http01",
                  "",
                  "-https01",
                  "",
                  "-tlsalpn01",
                  "",
                  "-dns01",
                  ports.get(2).address(),
                  "-management",
                  ports.get(3).address(),
                  "-defaultIPv6",
                  ""));
      Path config = folder.resolve("pebble.json");
      Files.writeString(
          config,
          configuration(folder, validity, ports, http.server().port(), tls.server().port(), more));
      Program authority =
          Program.start(
              folder,
              "ACME directory available at",
              List.of(
                  "pebble",
                  "-strict",
                  "-config",
                  config.toString(),
                  "-dnsserver",
                  ports.get(2).address()));
      if (names.awaitServing() && authority.awaitServing()) {
        return new Pebble(authority, names, ports, http, tls);
      }
      authority.stop();
      names.stop();
      ports.forEach(HeldPort::close);
    }
    throw new AssertionError("pebble does not serve: apt-get install pebble");
  }

  private static HeldPort.Held<Relay> relay() {
    return HeldPort.holdToo(ELSEWHERE, Relay::start, Relay::port);
  }

  private static String configuration(
      Path folder, Duration validity, List<HeldPort> ports, int http, int tls, String more) {
    return """
        { "pebble": {
            "listenAddress": "127.0.0.1:%d",
            "managementListenAddress": "127.0.0.1:%d",
            "certificate": "%s",
            "privateKey": "%s",
            "httpPort": %d,
            "tlsPort": %d,
            "certificateValidityPeriod": %d%s
        } }
        """
        .formatted(
            ports.get(0).number(),
            ports.get(1).number(),
            folder.resolve("server.pem"),
            folder.resolve("server.key"),
            http,
            tls,
            validity.toSeconds(),
            more);
  }

  /** The URL of its directory. */
  public String directory() {
    return "https://" + ports.get(0).address() + "/dir";
  }

  /** Where it asks by http-01. */
  public int httpPort() {
    return http.server().port();
  }

  /** Where it asks by tls-alpn-01. */
  public int tlsPort() {
    return tls.server().port();
  }

  /** Lets what it asks wait until {@link #reaches}. */
  public void hold() {
    http.server().hold();
    tls.server().hold();
  }

  /** Who answers what it asks. */
  public void reaches(InetSocketAddress plain, InetSocketAddress secure) {
    http.server().passTo(plain);
    tls.server().passTo(secure);
  }

  /** From now on, every name is this address. */
  public void resolveTo(String address) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("http://" + ports.get(3).address() + "/set-default-ipv4"))
                  .POST(HttpRequest.BodyPublishers.ofString("{\"ip\":\"" + address + "\"}"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new AssertionError(response.body());
      }
    }
  }

  /** Believes what it issues, and nobody else. */
  public SSLContext context() throws Exception {
    return TestPki.context(null, root());
  }

  /** What its certificates lead to. The port that tells it opens beside the one that serves. */
  public X509Certificate root() throws Exception {
    URI page = URI.create("https://" + ports.get(1).address() + "/roots/0");
    Eventually.equal("a port that tells the root", true, () -> isOpen(page));
    try (HttpClient client =
        HttpClient.newBuilder().sslContext(TestPki.context(null, TestPki.FRONT)).build()) {
      byte[] root =
          client
              .send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofByteArray())
              .body();
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(root));
    }
  }

  private static boolean isOpen(URI page) {
    try (Socket _ = new Socket(page.getHost(), page.getPort())) {
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    authority.stop();
    names.stop();
    for (HeldPort.Held<Relay> each : List.of(http, tls)) {
      each.server().close();
      each.port().close();
    }
    ports.forEach(HeldPort::close);
  }
}
