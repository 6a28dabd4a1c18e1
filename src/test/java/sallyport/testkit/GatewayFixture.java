package sallyport.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.gateway.Gateway;
import sallyport.gateway.Turns;
import sallyport.tools.pki.CertificateAuthority;
import sallyport.tools.pki.Identity;

/** A real gateway on real sockets, with origins behind it. Closes everything after each test. */
public final class GatewayFixture implements BeforeEachCallback, AfterEachCallback {
  private final List<AutoCloseable> opened = new ArrayList<>();
  private @Nullable Path folder;
  private @Nullable Gateway gateway;
  private @Nullable LogLines audit;
  private @Nullable LogLines access;

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    folder = Files.createTempDirectory("sallyport");
    TestPki.writeTo(folder);
    audit = new LogLines("sallyport.audit");
    access = new LogLines("sallyport.access");
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
    opened.clear();
    stop();
    audit().close();
    access().close();
    try (Stream<Path> files = Files.walk(folder())) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  // ---- scene

  public Origin origin(Origin.Handler handler) {
    return closing(Origin.start(handler));
  }

  public Origin origin(Identity identity, CertificateAuthority trusted, Origin.Handler handler) {
    return closing(Origin.start(identity, trusted, handler));
  }

  public <T extends AutoCloseable> T closing(T resource) {
    opened.add(resource);
    return resource;
  }

  /** A plain and a TLS listener, and one route to these endpoints. */
  public void start(Origin... origins) {
    start(Setup.to(origins));
  }

  public void start(Setup setup) {
    startWith(setup.hocon());
  }

  /** This configuration as it stands; names of files start in {@link #folder()}. */
  public void startWith(String hocon) {
    gateway = open(hocon, Clock.systemUTC());
  }

  /** The same by a clock of the test's own. */
  public void startWith(String hocon, Clock clock) {
    gateway = open(hocon, clock);
  }

  /** One more, beside the one that this is about; closed after the test. */
  public Gateway another(String hocon, Clock clock) {
    return closing(open(hocon, clock));
  }

  /** What is said of this configuration, with which the gateway must not start. */
  public InvalidConfiguration problem(String hocon) {
    try (Gateway _ = Gateway.start(GatewayConfig.parse(hocon, folder()))) {
      throw new AssertionError("it started");
    } catch (InvalidConfiguration said) {
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Gateway open(String hocon, Clock clock) {
    try {
      return Gateway.start(GatewayConfig.parse(hocon, folder()), clock);
    } catch (InvalidConfiguration | IOException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  /** What this file holds, now and at each reload; names of files start in {@link #folder()}. */
  public void startFrom(Path file) {
    try {
      gateway = Gateway.start(() -> GatewayConfig.load(file));
    } catch (InvalidConfiguration | IOException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  public void stop() {
    if (gateway != null) {
      gateway.close();
      gateway = null;
    }
  }

  public Gateway gateway() {
    return java.util.Objects.requireNonNull(gateway);
  }

  public Path folder() {
    return java.util.Objects.requireNonNull(folder);
  }

  /** A file of {@link #folder()}, there or not. */
  public Path file(String name) {
    return folder().resolve(name);
  }

  public LogLines audit() {
    return java.util.Objects.requireNonNull(audit);
  }

  public LogLines access() {
    return java.util.Objects.requireNonNull(access);
  }

  public InetSocketAddress https() {
    return gateway().address("https");
  }

  public InetSocketAddress http() {
    return gateway().address("http");
  }

  /** Returns once every event loop has run what was queued for it before. */
  public void awaitTurns() {
    Turns.await(gateway());
  }

  /**
   * Waits until a count of octets that pass through the gateway stands still, while every event
   * loop has turns and answers.
   */
  public void awaitStandstill(AtomicLong octets) {
    Eventually.equal(
        "octets that pass in twenty turns",
        0L,
        () -> {
          long before = octets.get();
          for (int i = 0; i < 20; i++) {
            awaitTurns();
            assertThat(admin("/healthz").statusCode()).isEqualTo(200);
          }
          return octets.get() - before;
        });
    assertThat(octets.get()).isPositive();
  }

  /**
   * Begins to drain, and returns when every connection has acted on it.
   *
   * @return what {@link Gateway#drain(Duration)} will return
   */
  public CompletableFuture<Boolean> drain(Duration timeout) {
    CompletableFuture<Boolean> drained = new CompletableFuture<>();
    try (LogLines said = new LogLines(Gateway.class.getName())) {
      Thread.ofPlatform().start(() -> drained.complete(gateway().drain(timeout)));
      said.awaitContaining("draining");
    }
    awaitTurns();
    return drained;
  }

  // ---- clients

  /** A raw TLS connection, closed after the test. */
  public RawClient connect() throws IOException {
    return closing(RawClient.tls(https()));
  }

  public RawClient connectPlain() throws IOException {
    return closing(RawClient.plain(http()));
  }

  /** The status that this user gets, as {@link #statusOf(SSLContext, String...)}. */
  public int statusOf(@Nullable Identity identity, String... versions) throws IOException {
    return statusOf(TestPki.context(identity, TestPki.FRONT), versions);
  }

  /**
   * The status that this client gets; 0 where it is refused, in the handshake or in place of an
   * answer: under TLS 1.3 it is done before the gateway has looked at its certificate.
   *
   * @param versions such as {@code TLSv1.3}; those of the JDK where there are none
   */
  public int statusOf(SSLContext context, String... versions) throws IOException {
    RawClient client;
    try {
      client = RawClient.tls(https(), context, "localhost", versions);
    } catch (ConnectException | SocketTimeoutException nobody) {
      throw nobody;
    } catch (IOException refused) {
      return 0;
    }
    try (client) {
      return client.status();
    }
  }

  /** The JDK's client for one version, trusting the front authority; never follows redirects. */
  public HttpClient client(HttpClient.Version version) {
    return closing(
        HttpClient.newBuilder()
            .version(version)
            .sslContext(TestPki.context(null, TestPki.FRONT))
            .connectTimeout(Duration.ofSeconds(20))
            .build());
  }

  public URI uri(String path) {
    return URI.create("https://localhost:" + https().getPort() + path);
  }

  public HttpResponse<String> get(HttpClient.Version version, String path) throws Exception {
    return client(version)
        .send(
            HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(30)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  /** A page of the admin listener. */
  public HttpResponse<String> admin(String path) {
    return ask(path, HttpRequest.newBuilder());
  }

  /**
   * Asks the admin listener for a reload.
   *
   * @param query such as {@code ?allow-weaken=reason}, or empty
   * @param headers names, and each one's value behind it
   */
  public HttpResponse<String> reload(String query, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return ask("/reload" + query, request);
  }

  private HttpResponse<String> ask(String path, HttpRequest.Builder request) {
    int port = gateway().address("admin").getPort();
    try (HttpClient plain = HttpClient.newHttpClient()) {
      return plain.send(
          request
              .uri(URI.create("http://127.0.0.1:" + port + path))
              .timeout(Duration.ofSeconds(20))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** One handshake was refused so far, for this reason; returns what the audit log says of it. */
  public String assertHandshakeRefused(String reason) {
    String line = audit().awaitContaining("handshake-refused");
    assertThat(line).contains("\"reason\":\"" + reason + "\"");
    assertThat(metric("gateway_tls_handshake_failures_total", "reason=\"" + reason + "\""))
        .isEqualTo(1);
    return line;
  }

  /** Waits until the sum of a metric over all series that have these tags is this. */
  public void awaitMetric(double expected, String name, String... tags) {
    Eventually.equal(name + List.of(tags), expected, () -> metric(name, tags));
  }

  /**
   * The sum of a metric over all series that have these tags.
   *
   * @param tags such as {@code failure="tls_expired"}
   */
  public double metric(String name, String... tags) {
    return admin("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .filter(line -> Stream.of(tags).allMatch(line::contains))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
