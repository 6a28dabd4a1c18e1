package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LocalOrigin;
import sallyport.testkit.LogLines;
import sallyport.testkit.Nginx;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;

/** Backends with {@code plain = local}: HTTP without TLS that does not leave this machine. */
class LocalPlainIT {
  private static final int NOBODY = 65_534;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** Starts the gateway in front of plain endpoints. */
  private void start(String endpoints, String backend) {
    gateway.startWith(hocon(endpoints, backend));
  }

  private static String hocon(String endpoints, String backend) {
    return """
        gateway {
          listeners.https {
            bind = "127.0.0.1:0"
            tls.certificates = [ { chain = server.pem, key = server.key } ]
          }
          routes = [ { backend = app } ]
          backends.app { endpoints = [ %s ], plain = local, %s }
          admin.bind = "127.0.0.1:0"
        }
        """
        .formatted(endpoints, backend);
  }

  private LocalOrigin origin(String kind) throws IOException {
    return gateway.closing(
        kind.equals("unix")
            ? LocalOrigin.at(gateway.file("app.sock"), line -> LocalOrigin.ok(line))
            : LocalOrigin.at(kind, line -> LocalOrigin.ok(line)));
  }

  private RawClient.Response get() throws IOException {
    return gateway.connect().get("/x").read();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.8.9.10", "::1", "unix"})
  void aLocalServiceGetsPlainHttp(String kind) throws Exception {
    LocalOrigin origin = origin(kind);
    start("\"" + origin.address() + "\"", "");
    for (int i = 0; i < 3; i++) {
      RawClient.Response response = get();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.body()).isEqualTo("GET /x HTTP/1.1");
      assertThat(origin.take())
          .contains("x-forwarded-proto: https\r\n", "x-forwarded-for: 127.0.0.1\r\n");
    }
    assertThat(gateway.access().awaitContaining("\"status\":200"))
        .contains("\"endpoint\":\"" + origin.address() + "\"");
    assertThat(gateway.metric("gateway_upstream_handshakes_total")).isZero();
  }

  @Test
  void theHostOfAUnixSocketIsLocalhost() throws Exception {
    LocalOrigin origin = origin("unix");
    start("\"" + origin.address() + "\"", "");
    gateway.connect().send("GET / HTTP/1.0\r\n\r\n").read();
    assertThat(origin.take()).containsIgnoringCase("Host: localhost\r\n");
  }

  /** RFC 9112 section 6.3: nothing but TLS could tell such an end from a cut. */
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "unix"})
  void aResponseThatEndsWithItsConnectionIsWhole(String kind) throws IOException {
    LocalOrigin origin =
        gateway.closing(
            kind.equals("unix")
                ? LocalOrigin.at(gateway.file("app.sock"), line -> "HTTP/1.1 200 OK\r\n\r\nwhole")
                : LocalOrigin.at(kind, line -> "HTTP/1.1 200 OK\r\n\r\nwhole"));
    start("\"" + origin.address() + "\"", "");
    RawClient.Response response = get();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("whole");
    assertThat(gateway.access().awaitContaining("\"status\":200")).doesNotContain("\"failure\"");
  }

  @ParameterizedTest
  @CsvSource({"auto,HTTP/1.1", "http1,HTTP/1.1", "http2,HTTP/2.0"})
  void nginxAtAUnixSocketSpeaksTheConfiguredProtocol(String protocol, String seen)
      throws IOException {
    Path folder = Files.createDirectory(gateway.file("nginx"));
    Path socket = folder.resolve("app.sock");
    gateway.closing(
        Nginx.serve(
            folder,
            """
            listen 127.0.0.1:PORT;
            listen unix:%s %s;
            location / { return 200 "$server_protocol $http_host"; }
            """
                .formatted(socket, protocol.equals("http2") ? "http2" : "")));
    // nginx makes its sockets writable for everybody.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    Eventually.equal("nginx listens", true, () -> Files.exists(socket));
    start("\"unix:" + socket + "\"", "protocol = " + protocol);
    RawClient.Response response = get();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).startsWith(seen);
  }

  @Test
  void retriesHealthChecksAndBackupsWorkAsOverTls() throws Exception {
    LocalOrigin good = origin("unix");
    Path gone = gateway.file("gone.sock");
    start(
        "\"unix:%s\", { address = \"%s\", backup = true }".formatted(gone, good.address()),
        "health { check = http, path = \"/health\", interval = 1s, timeout = 1s }");
    assertThat(get().status()).isEqualTo(200);
    assertThat(gateway.metric("gateway_upstream_failures_total", "connect_refused")).isPositive();
    Eventually.equal(
        "the endpoint that is not there is unhealthy",
        true,
        () -> gateway.metric("gateway_upstream_endpoint_up", "gone.sock") == 0);
    assertThat(gateway.metric("gateway_upstream_endpoint_up", "app.sock")).isEqualTo(1);
  }

  @Test
  void aSocketThatOthersCouldReachIsRefusedAtTheStart() throws IOException {
    Path socket = gateway.file("app.sock");
    LocalOrigin origin = origin("unix");
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rwxrwxrwx"));
    Files.setPosixFilePermissions(gateway.folder(), PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(gateway.problem(hocon("\"" + origin.address() + "\"", "")).problems())
        .singleElement()
        .asString()
        .contains(
            "backends.app.endpoints: '"
                + origin.address()
                + "': every user may write to the socket",
            "chmod o-w " + socket);
  }

  @Test
  void aFolderThatOthersMayWriteToIsRefusedAtTheNextConnection() throws IOException {
    Path folder = Files.createDirectory(gateway.file("run"));
    gateway.closing(
        LocalOrigin.at(folder.resolve("app.sock"), line -> "HTTP/1.1 200 OK\r\n\r\nclosed"));
    start("\"unix:" + folder.resolve("app.sock") + "\"", "");
    assertThat(get().status()).isEqualTo(200);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    try (LogLines log = new LogLines("sallyport.connect.endpoint.EndpointObserver")) {
      assertThat(get().status()).isEqualTo(502);
      assertThat(log.awaitContaining("local_peer_refused"))
          .contains("every user may write to the folder '" + folder + "'");
    }
  }

  @Test
  void anotherUserAtTheSocketGetsNothing() throws IOException {
    assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "needs root");
    Path socket = gateway.file("app.sock");
    LocalOrigin.OfOtherUser other = gateway.closing(LocalOrigin.OfOtherUser.start(socket, NOBODY));
    start("\"unix:" + socket + "\"", "");
    try (LogLines log = new LogLines("sallyport.connect.endpoint.EndpointObserver")) {
      assertThat(get().status()).isEqualTo(502);
      assertThat(log.awaitContaining("local_peer_refused"))
          .contains("user 65534 listens there, and peer-user is the user of the gateway, or root");
    }
    assertThat(gateway.metric("gateway_upstream_failures_total", "local_peer_refused"))
        .isEqualTo(1);
    assertThat(gateway.access().awaitContaining("\"failure\":\"local_peer_refused\""))
        .contains("\"status\":502");
    assertThat(gateway.audit().awaitContaining("backend-refused"))
        .contains("\"reason\":\"local_peer_refused\"", "user 65534 listens there");
    assertThat(other.process().inputReader().ready()).as("it saw a request").isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nobody", "65534"})
  void theUserThatIsConfiguredIsServed(String user) throws IOException {
    assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "needs root");
    Path socket = gateway.file("app.sock");
    gateway.closing(LocalOrigin.OfOtherUser.start(socket, NOBODY));
    start("\"unix:" + socket + "\"", "peer-user = " + user);
    assertThat(get().body()).isEqualTo("ok");
  }

  @Test
  void theGatewaysOwnUserIsRefusedWhereAnotherIsConfigured() throws IOException {
    LocalOrigin origin = origin("unix");
    start("\"" + origin.address() + "\"", "peer-user = nobody");
    assertThat(get().status()).isEqualTo(502);
    assertThat(origin.isIdle()).isTrue();
  }

  /** Where io_uring does not load, it is NIO once more. */
  @ParameterizedTest
  @ValueSource(strings = {"epoll", "io_uring", "nio"})
  void everyTransportHasUnixSocketsAndKnowsTheirUsers(String transport) throws Exception {
    LocalOrigin origin = origin("unix");
    String runtime = "gateway.runtime.transport = " + transport;
    String endpoint = "\"" + origin.address() + "\"";
    gateway.startWith(hocon(endpoint, "") + runtime);
    assertThat(get().body()).isEqualTo("GET /x HTTP/1.1");
    assertThat(origin.take()).isNotEmpty();
    gateway.stop();
    gateway.startWith(hocon(endpoint, "peer-user = nobody") + runtime);
    assertThat(get().status()).isEqualTo(502);
    assertThat(gateway.access().awaitContaining("local_peer_refused")).contains("502");
    assertThat(origin.isIdle()).isTrue();
  }

  @Test
  void aFileOfEndpointsIsJudgedInTheSameWay() throws Exception {
    LocalOrigin origin = origin("unix");
    Path file = gateway.file("endpoints.conf");
    Files.writeString(file, "endpoints = [ \"" + origin.address() + "\" ]");
    gateway.startWith(
        hocon("", "endpoints-file = endpoints.conf").replace("endpoints = [  ],", "")
            + "gateway.keys.watch = 100ms");
    assertThat(get().status()).isEqualTo(200);
    try (LogLines log = new LogLines("sallyport.credentials.rotation")) {
      Files.writeString(file, "endpoints = [ \"localhost:1\", \"10.0.0.9:80\" ]");
      assertThat(log.awaitContaining("localhost:1")).contains("is a name");
    }
    assertThat(get().status()).isEqualTo(200);
  }

  @Test
  void connectionsAreReused() throws Exception {
    LocalOrigin origin = origin("unix");
    start("\"" + origin.address() + "\"", "");
    for (int i = 0; i < 5; i++) {
      assertThat(get().status()).isEqualTo(200);
    }
    assertThat(origin.connections()).isLessThanOrEqualTo(3);
  }

  /** The way from TLS to plain is a loosening; both can be done in a reload that may loosen. */
  @Test
  void otherBackendsKeepTheirTls() throws IOException {
    Origin secure = gateway.origin(r -> r.reply(200, "secure"));
    LocalOrigin origin = origin("127.0.0.1");
    gateway.startWith(
        hocon("\"" + origin.address() + "\"", "")
            + """
            gateway.backends.secure {
              endpoints = [ "%s" ]
              tls {
                trust = backend-ca.pem
                certificate { chain = client.pem, key = client.key }
                server-name = legacy.internal
              }
            }
            gateway.routes = [ { backend = app }, { path = /secure, backend = secure } ]
            """
                .formatted(secure.address()));
    assertThat(get().body()).isEqualTo("GET /x HTTP/1.1");
    assertThat(gateway.connect().get("/secure").read().body()).isEqualTo("secure");
  }
}
