package sallyport.gateway.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.credentials.acme.CertificateInstaller;
import sallyport.gate.rate.RouteRates;
import sallyport.gateway.maintenance.MaintenanceFiles;
import sallyport.net.admission.BufferMemory;
import sallyport.net.inherit.InheritedSockets;
import sallyport.net.names.Names;
import sallyport.net.transport.Transport;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.postgres.CancelSessions;
import sallyport.testkit.TestPki;

/** Which listeners a changed configuration leaves as they are, and which get another service. */
class ServiceTest {
  private static final String BASE =
      """
      gateway {
        listeners {
          https {
            bind = "127.0.0.1:0"
            public-port = 443
            tls { certificates = [ { chain = server.pem, key = server.key } ] }
          }
          http { bind = "127.0.0.1:0", redirect-to = https }
        }
        routes = [ { name = app, backend = app } ]
        backends {
          app {
            endpoints = [ "127.0.0.1:1" ]
            tls { trust = backend-ca.pem, certificate { chain = client.pem, key = client.key } }
          }
          spare {
            endpoints = [ "127.0.0.1:2" ]
            tls { trust = backend-ca.pem, certificate { chain = client.pem, key = client.key } }
          }
        }
        admin.bind = "127.0.0.1:0"
        runtime.workers = 1
      }
      """;

  private static final Set<String> NONE = Set.of();
  private static final Set<String> HTTPS = Set.of("https");
  private static final Set<String> HTTP = Set.of("http");
  private static final Set<String> BOTH = Set.of("http", "https");

  @TempDir static Path folder;

  private static GatewayResources gateway;
  private static Sockets sockets;
  private static final List<RuntimeBuilder> BUILDERS = new ArrayList<>();
  private static GatewayRuntime before;

  @BeforeAll
  static void buildTheRuntimeInUse() throws Exception {
    TestPki.writeTo(folder);
    GatewayConfig config = parse(BASE);
    Transport transport = Transport.create(config.runtime());
    gateway =
        new GatewayResources(
            CredentialServices.create(
                config,
                new GatewayMetrics(),
                event -> {},
                Clock.systemUTC(),
                challenges -> new NoAuthority(),
                keys -> () -> keys),
            Map.of(),
            transport,
            new Names(config.dns(), new GatewayMetrics()),
            new BufferMemory(config.runtime().maxBufferMemory()),
            new RouteRates(System::nanoTime),
            new CancelSessions(),
            new MaintenanceFiles());
    sockets = new Sockets(transport, transport);
    before = build(/* inUse= */ null, BASE);
  }

  @AfterAll
  static void close() {
    BUILDERS.forEach(RuntimeBuilder::close);
    gateway.names().close();
    gateway.credentials().stopIssuance();
    gateway.credentials().stop();
    gateway.transport().close().syncUninterruptibly();
    gateway.credentials().close();
  }

  private static GatewayConfig parse(String hocon) throws InvalidConfiguration {
    return GatewayConfig.parse(hocon, folder);
  }

  private static RuntimeBuilder builder(@Nullable GatewayRuntime inUse, String hocon)
      throws InvalidConfiguration {
    RuntimeBuilder builder =
        new RuntimeBuilder(gateway, inUse, parse(hocon), gateway.credentials().keys());
    BUILDERS.add(builder);
    return builder;
  }

  private static GatewayRuntime build(@Nullable GatewayRuntime inUse, String hocon)
      throws InvalidConfiguration, IOException {
    RuntimeBuilder builder = builder(inUse, hocon);
    List<String> problems = new ArrayList<>();
    builder.open(problems);
    assertThat(problems).isEmpty();
    builder.bind(sockets, new InheritedSockets());
    return builder.build();
  }

  private static String changed(String from, String to) {
    assertThat(BASE).contains(from);
    return BASE.replace(from, to);
  }

  static Stream<Arguments> changes() {
    String start = "gateway {\n";
    String https = "public-port = 443";
    String http = "redirect-to = https";
    return Stream.of(
        arguments("nothing", start, start, NONE),
        arguments("a line above all", start, "# a comment\n" + start, NONE),
        // Of the listener itself.
        arguments(
            "TLS", "tls { certificates", "tls { policy = mozilla-modern, certificates", HTTPS),
        arguments("limits", https, https + "\nlimits.header-timeout = 3s", HTTPS),
        arguments("HSTS", https, https + "\nhsts.max-age = 400d", HTTPS),
        arguments("HTTP/2", https, https + "\nhttp2.enabled = false", HTTPS),
        arguments("rules", https, https + "\nhttp.trace = true", HTTPS),
        arguments("proxies", https, https + "\ntrusted-proxies = [ \"10.0.0.0/8\" ]", HTTPS),
        arguments("limits of the redirect", http, http + ", limits.header-timeout = 3s", HTTP),
        arguments("the port that a redirect names", https, "public-port = 444", BOTH),
        // Of the backends that its requests can reach.
        arguments("a backend with a route", "[ \"127.0.0.1:1\" ]", "[ \"127.0.0.1:3\" ]", HTTPS),
        arguments("a backend without one", "[ \"127.0.0.1:2\" ]", "[ \"127.0.0.1:3\" ]", NONE),
        // Of all HTTP.
        arguments("the path of a route", "name = app, ", "name = app, path = /a, ", BOTH),
        arguments("the backend of a route", "backend = app }", "backend = spare }", BOTH),
        arguments("access lines", start, start + "access-log.query = true\n", BOTH),
        arguments("audit lines", start, start + "audit-log.unwritable = stop-serving\n", HTTPS),
        arguments("the drain timeout", start, start + "drain-timeout = 7s\n", HTTPS),
        // Of the gateway.
        arguments("the lame duck", start, start + "lame-duck = 7s\n", NONE),
        arguments("the watch over files", start, start + "keys.watch = 7s\n", NONE),
        // Of which service it is.
        arguments(
            "redirect to TLS",
            "http { bind = \"127.0.0.1:0\", redirect-to = https }",
            "http { bind = \"127.0.0.1:0\","
                + " tls.certificates = [ { chain = server.pem, key = server.key } ] }",
            HTTP));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("changes")
  void listenersGetAnotherServiceByWhatTheirConnectionsDependOn(
      String what, String from, String to, Set<String> replaced) throws Exception {
    GatewayRuntime after = build(before, changed(from, to));

    Set<String> others = new TreeSet<>();
    after
        .listeners()
        .forEach(
            (name, listener) -> {
              if (!listener.equals(before.listener(name))) {
                others.add(name);
              }
            });
    assertThat(others).as(what).isEqualTo(replaced);
  }

  @Test
  void anotherServiceHasAnotherGenerationAndTheSameAdmission() throws Exception {
    GatewayRuntime after =
        build(
            before,
            changed("redirect-to = https", "redirect-to = https, limits.header-timeout = 3s"));

    RunningListener old = Objects.requireNonNull(before.listener("http"));
    RunningListener next = Objects.requireNonNull(after.listener("http"));
    assertThat(next.generation()).isNotSameAs(old.generation());
    assertThat(next.admission()).isSameAs(old.admission());
  }

  @Test
  void servicesHoldOpenWhatTheirConnectionsUse() {
    Service https = Objects.requireNonNull(before.listener("https")).service();
    Service http = Objects.requireNonNull(before.listener("http")).service();

    assertThat(https.servers()).isEqualTo(before.servers());
    assertThat(https.upstreams()).containsExactly(before.upstream("app"));
    assertThat(http.servers()).isEmpty();
    assertThat(http.upstreams()).isEmpty();
  }

  @Test
  void filesOfTheSameListenerStayAndThoseOfAnotherDoNot() throws Exception {
    assertThat(builder(before, BASE).staying()).containsAll(before.servers());
    assertThat(builder(before, changed("public-port = 443", "public-port = 444")).staying())
        .doesNotContainAnyElementsOf(before.servers());
  }

  /** Installer for a gateway that no authority issues certificates to. */
  private static final class NoAuthority implements CertificateInstaller {
    @Override
    public void promise(String serverName, PrivateKey key, X509Certificate certificate) {
      throw new AssertionError("nothing is issued");
    }

    @Override
    public void withdraw(String serverName) {}

    @Override
    public List<String> use(Path file) {
      throw new AssertionError("nothing is issued");
    }
  }
}
