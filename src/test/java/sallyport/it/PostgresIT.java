package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.PostgresServer;
import sallyport.testkit.PostgresServer.Ended;
import sallyport.testkit.Signals;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.Identity;

/** Sessions of PostgreSQL 15 and psql through a listener, with mutual TLS behind. */
class PostgresIT {
  /** The gateway towards the server, which compares the name with that of the role. */
  private static final Identity CLINIC =
      TestPki.BACK.issue(CertificateRequest.of("clinic").usage(CLIENT_AUTH));

  private static final String HBA =
      "hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-full";

  private static final int SSL_REQUEST = 80877103;
  private static final int GSSENC_REQUEST = 80877104;
  private static final int CANCEL_REQUEST = 80877102;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** The certificate is the password. */
  private static final String CERTIFICATE_ALONE = "hostssl all all 127.0.0.1/32 cert";

  private PostgresServer server() throws Exception {
    return gateway.closing(PostgresServer.start(TestPki.BACKEND, HBA));
  }

  private static String backend(String name, String more, String... addresses) {
    return """
        backends.%s {
          endpoints = [ "%s" ]
          %s
          tls {
            trust = backend-ca.pem
            certificate { chain = clinic.pem, key = clinic.key }
            server-name = legacy.internal
          }
        }
        """
        .formatted(name, String.join("\", \"", addresses), more);
  }

  private void start(String forwardTo, String... backends) throws IOException {
    CLINIC.write(gateway.file("clinic.pem"), gateway.file("clinic.key"));
    TestPki.trust(gateway.file("front-ca.pem"), TestPki.FRONT);
    gateway.startWith(
        """
        gateway {
          listeners.database {
            bind = "127.0.0.1:0"
            protocol = postgres
            tls { certificates = [ { chain = server.pem, key = server.key } ] }
            forward-to = %s
          }
          %s
          admin.bind = "127.0.0.1:0"
          drain-timeout = 60s
        }
        """
            .formatted(forwardTo, String.join("\n", backends)));
  }

  private void startTo(PostgresServer server) throws IOException {
    start("patients", backend("patients", "", server.address()));
  }

  private InetSocketAddress address() {
    return gateway.gateway().address("database");
  }

  /** Parameters of a connection through the gateway. */
  private String to(String host, String more) {
    return "host=%s hostaddr=127.0.0.1 port=%d user=clinic dbname=postgres sslrootcert=%s %s"
        .formatted(host, address().getPort(), gateway.file("front-ca.pem"), more);
  }

  private Ended query(String query, String more) throws Exception {
    return PostgresServer.query(to("gateway.test", more), query);
  }

  private static final String PLAIN_BINDING = "sslmode=verify-full channel_binding=disable";

  /** One session of version 3 of the protocol, without a password. */
  private static final class Session implements AutoCloseable {
    private final SSLSocket socket;
    private final DataInputStream in;

    Session(SSLSocket socket) throws IOException {
      this.socket = socket;
      this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    /** Begins it, and returns its key. */
    ByteBuffer open() throws IOException {
      socket.getOutputStream().write(startup());
      return ByteBuffer.wrap(until('Z', 'K'));
    }

    /** Sends a query. */
    void ask(String query) throws IOException {
      byte[] text = query.getBytes(StandardCharsets.US_ASCII);
      socket
          .getOutputStream()
          .write(
              ByteBuffer.allocate(6 + text.length)
                  .put((byte) 'Q')
                  .putInt(5 + text.length)
                  .put(text)
                  .array());
    }

    /** Sends a query, and reads its answer. */
    void done(String query) throws IOException {
      ask(query);
      until('Z', 'Z');
    }

    /** Reads up to the next error. */
    String error() throws IOException {
      return new String(until('E', 'E'), StandardCharsets.US_ASCII);
    }

    boolean hasEnded() throws IOException {
      return in.read() < 0;
    }

    /** Reads messages up to one of a type, and returns the content of the last of another. */
    private byte[] until(char last, char wanted) throws IOException {
      byte[] found = {};
      int type;
      do {
        type = in.readUnsignedByte();
        byte[] content = in.readNBytes(in.readInt() - 4);
        if (type == wanted) {
          found = content;
        }
      } while (type != last);
      return found;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private Session session() throws Exception {
    return gateway.closing(new Session(secure(connect(), "postgresql")));
  }

  // ---- TLS

  @ParameterizedTest
  @ValueSource(strings = {"allow", "prefer", "require", "verify-ca", "verify-full"})
  void everyModeWithTlsReachesTheServerUnderMutualTls(String mode) throws Exception {
    startTo(server());
    Ended ended =
        query(
            "select current_user, ssl, version >= 'TLSv1.2', client_dn from pg_stat_ssl"
                + " where pid = pg_backend_pid()",
            "channel_binding=disable sslmode=" + mode);
    assertThat(ended.out())
        .as(ended.toString())
        .isEqualTo("clinic|t|t|/O=Sallyport development/CN=clinic\n");
  }

  @Test
  void aSessionWithoutTlsIsRefusedInWordsAndNothingReachesTheServer() throws Exception {
    PostgresServer server = server();
    startTo(server);
    Ended ended = query("select 1", "sslmode=disable");
    assertThat(ended.status()).isNotZero();
    assertThat(ended.err()).contains("FATAL:  this port speaks TLS only");
    gateway.awaitMetric(
        1,
        "gateway_tls_handshake_failures_total",
        "listener",
        "database",
        "reason",
        "plain_postgres");
    assertThat(String.join("\n", server.said())).doesNotContain("connection received");
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("plain_postgres")
        .doesNotContain("clinic");
  }

  @Test
  void aServerWithoutTheRightCertificateIsNotSpokenTo() throws Exception {
    PostgresServer other =
        gateway.closing(
            PostgresServer.start(
                TestPki.BACK.issue(
                    CertificateRequest.of("other")
                        .dns("other.internal")
                        .usage(CertificateRequest.Usage.SERVER_AUTH)),
                HBA));
    startTo(other);
    Ended ended = query("select 1", PLAIN_BINDING);
    assertThat(ended.status()).isNotZero();
    assertThat(ended.err()).contains("the database cannot be reached");
    assertThat(gateway.access().awaitContaining("tls_name_mismatch")).contains("not_connected");
  }

  @Test
  void theServerDemandsTheGatewaysCertificate() throws Exception {
    PostgresServer server = server();
    startTo(server);
    Ended direct =
        PostgresServer.query(
            "host=127.0.0.1 port=%d user=clinic dbname=postgres sslmode=require"
                .formatted(server.port()),
            "select 1");
    assertThat(direct.status()).isNotZero();
    assertThat(query("select 1", PLAIN_BINDING).out()).isEqualTo("1\n");
  }

  @Test
  void channelBindingHoldsWhereTheGatewayShowsTheCertificateOfTheServer() throws Exception {
    startTo(server());
    String bound = "sslmode=verify-full channel_binding=require";
    Ended other = query("select 1", bound);
    assertThat(other.err()).contains("channel binding check failed");

    gateway.stop();
    startTo(gateway.closing(PostgresServer.start(TestPki.SERVER, HBA)));
    Ended untrusted = query("select 1", bound);
    assertThat(untrusted.err()).contains("cannot be reached");

    gateway.stop();
    Identity both =
        TestPki.BACK.issue(
            CertificateRequest.of("both")
                .dns("legacy.internal", "gateway.test")
                .usage(CertificateRequest.Usage.SERVER_AUTH));
    both.write(gateway.file("server.pem"), gateway.file("server.key"));
    startTo(gateway.closing(PostgresServer.start(both, HBA)));
    TestPki.trust(gateway.file("front-ca.pem"), TestPki.BACK);
    Ended same = query("select 1", bound);
    assertThat(same.out()).as(same.toString()).isEqualTo("1\n");
  }

  @Test
  void theDatabaseIsChosenByTheNameThatTheClientAsksFor() throws Exception {
    PostgresServer labs = server();
    PostgresServer wards = server();
    start(
        "{ \"localhost\" = labs, \"*\" = wards }",
        backend("labs", "", labs.address()),
        backend("wards", "", wards.address()));
    String port = "show port";
    assertThat(PostgresServer.query(to("localhost", PLAIN_BINDING), port).out())
        .isEqualTo(labs.port() + "\n");
    assertThat(PostgresServer.query(to("gateway.test", PLAIN_BINDING), port).out())
        .isEqualTo(wards.port() + "\n");
  }

  // ---- the protocol before TLS, octet by octet

  private static byte[] packet(int code, int... more) {
    byte[] packet = new byte[8 + 4 * more.length];
    ByteBuffer writer = ByteBuffer.wrap(packet).putInt(packet.length).putInt(code);
    for (int each : more) {
      writer.putInt(each);
    }
    return packet;
  }

  private static void send(Socket socket, byte[] packet) throws IOException {
    socket.getOutputStream().write(packet);
    socket.getOutputStream().flush();
  }

  /** The first packet of a session. */
  private static byte[] startup() {
    byte[] names = "user\0clinic\0database\0postgres\0\0".getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(8 + names.length)
        .putInt(8 + names.length)
        .putInt(3 << 16)
        .put(names)
        .array();
  }

  private SSLSocket secure(Socket plain, String... protocols) throws Exception {
    SSLSocket socket =
        (SSLSocket)
            TestPki.context(/* identity= */ null, TestPki.FRONT)
                .getSocketFactory()
                .createSocket(plain, "gateway.test", plain.getPort(), /* autoClose= */ true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private Socket connect() throws IOException {
    Socket socket = gateway.closing(new Socket(address().getAddress(), address().getPort()));
    socket.setSoTimeout(30_000);
    return socket;
  }

  @Test
  void kerberosIsDeclinedAndTlsFollows() throws Exception {
    startTo(server());
    Socket socket = connect();
    send(socket, packet(GSSENC_REQUEST));
    assertThat(socket.getInputStream().read()).isEqualTo('N');
    send(socket, packet(SSL_REQUEST));
    assertThat(socket.getInputStream().read()).isEqualTo('S');
    SSLSocket secure = secure(socket);
    secure.getOutputStream().write(startup());
    assertThat(secure.getInputStream().read()).isEqualTo('R');
  }

  /** The way of PostgreSQL 17: {@code sslnegotiation=direct}. */
  @Test
  void tlsAtOnceReachesTheServer() throws Exception {
    startTo(server());
    SSLSocket secure = secure(connect(), "postgresql");
    assertThat(secure.getApplicationProtocol()).isEqualTo("postgresql");
    secure.getOutputStream().write(startup());
    assertThat(secure.getInputStream().read()).isEqualTo('R');
  }

  @Test
  void tlsAtOnceWithoutAlpnIsRefused() throws Exception {
    startTo(server());
    Socket socket = connect();
    assertThat(CompletableFuture.supplyAsync(() -> fails(socket)).get(30, TimeUnit.SECONDS))
        .isTrue();
    gateway.assertHandshakeRefused("no_common_protocol");
  }

  private boolean fails(Socket socket) {
    try {
      secure(socket);
      return false;
    } catch (Exception expected) {
      return true;
    }
  }

  @Test
  void aStartupInPiecesReachesTheServer() throws Exception {
    startTo(server());
    SSLSocket secure = secure(connect(), "postgresql");
    OutputStream out = secure.getOutputStream();
    for (byte each : startup()) {
      out.write(each);
      out.flush();
    }
    assertThat(secure.getInputStream().read()).isEqualTo('R');
  }

  @Test
  void anotherProtocolInsideTlsIsRefused() throws Exception {
    startTo(server());
    SSLSocket secure = secure(connect(), "postgresql");
    secure.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    InputStream in = secure.getInputStream();
    assertThat(new String(in.readAllBytes(), StandardCharsets.US_ASCII))
        .startsWith("E")
        .contains("C08P01\0Minvalid startup packet");
    assertThat(gateway.access().awaitContaining("\"refused\"")).contains("database");
  }

  // ---- cancels

  /** Every client before libpq 17 sends it in clear text. */
  @Test
  void aCancelReachesTheServerOfTheSession() throws Exception {
    PostgresServer one = server();
    PostgresServer two = server();
    start("patients", backend("patients", "balance = round-robin", one.address(), two.address()));
    for (int i = 0; i < 2; i++) {
      Process psql =
          PostgresServer.psql(to("gateway.test", PLAIN_BINDING), "select pg_sleep(600)")
              .redirectErrorStream(true)
              .start();
      try {
        awaitSleepers(i == 0 ? one : two, 1);
        Signals.send("INT", Stream.of(psql.toHandle()));
        String said = new String(psql.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said).contains("canceling statement due to user request");
      } finally {
        psql.destroyForcibly();
      }
    }
    gateway.awaitMetric(
        2, "gateway_stream_cancels_total", "listener", "database", "outcome", "passed");
  }

  /** Waits for a server to have sessions that sleep, as it says itself. */
  private void awaitSleepers(PostgresServer server, int count) {
    Eventually.equal("sessions that sleep", count + "\n", () -> sleepers(server));
  }

  private String sleepers(PostgresServer server) {
    try {
      return PostgresServer.query(
              ("host=legacy.internal hostaddr=127.0.0.1 port=%d user=clinic dbname=postgres"
                      + " sslmode=require channel_binding=disable sslcert=%s sslkey=%s")
                  .formatted(server.port(), gateway.file("clinic.pem"), gateway.file("clinic.key")),
              "select count(*) from pg_stat_activity where wait_event = 'PgSleep'")
          .out();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aCancelOfAnUnknownSessionIsDropped() throws Exception {
    PostgresServer server = server();
    startTo(server);
    Socket socket = connect();
    send(socket, packet(CANCEL_REQUEST, 4711, 4712));
    assertThat(socket.getInputStream().read()).isEqualTo(-1);
    SSLSocket secure = secure(connect(), "postgresql");
    secure.getOutputStream().write(packet(CANCEL_REQUEST, 4711, 4712));
    assertThat(secure.getInputStream().read()).isEqualTo(-1);
    gateway.awaitMetric(
        2, "gateway_stream_cancels_total", "listener", "database", "outcome", "unknown");
    assertThat(String.join("\n", server.said())).doesNotContain("connection received");
  }

  @Test
  void aCancelInClearTextIsHeardFromTheSessionsOwnAddressAlone() throws Exception {
    PostgresServer server =
        gateway.closing(PostgresServer.start(TestPki.BACKEND, CERTIFICATE_ALONE));
    startTo(server);
    Session session = session();
    ByteBuffer key = session.open();
    byte[] cancel = packet(CANCEL_REQUEST, key.getInt(), key.getInt());
    Socket elsewhere =
        gateway.closing(
            new Socket(
                address().getAddress(),
                address().getPort(),
                InetAddress.ofLiteral("127.0.0.2"),
                0));
    send(elsewhere, cancel);
    assertThat(elsewhere.getInputStream().read()).isEqualTo(-1);
    gateway.awaitMetric(
        1, "gateway_stream_cancels_total", "listener", "database", "outcome", "unknown");

    session.ask("select pg_sleep(600)");
    awaitSleepers(server, 1);
    SSLSocket inside = secure(connect(), "postgresql");
    inside.getOutputStream().write(cancel);
    assertThat(inside.getInputStream().read()).isEqualTo(-1);
    assertThat(session.error()).contains("C57014\0");
  }

  // ---- life

  @Test
  void idleSessionsEndAtADrainInTheWordsOfTheServer() throws Exception {
    PostgresServer server =
        gateway.closing(PostgresServer.start(TestPki.BACKEND, CERTIFICATE_ALONE));
    startTo(server);
    Session idle = session();
    Session busy = session();
    idle.open();
    busy.open();
    busy.done("create table visits (n int)");
    busy.done("begin");
    CompletableFuture<Boolean> drained = gateway.drain(Duration.ofSeconds(60));
    assertThat(idle.error()).contains("C57P01\0").contains("terminating connection");
    assertThat(idle.hasEnded()).isTrue();
    busy.done("insert into visits values (1)");
    busy.done("commit");
    assertThat(busy.error()).contains("C57P01\0");
    assertThat(drained.get(60, TimeUnit.SECONDS)).isTrue();
    assertThat(String.join("\n", server.said())).doesNotContain("unexpected EOF");
  }

  @Test
  void aServerThatIsGoneIsSkippedAndFoundByTheCheck() throws Exception {
    PostgresServer one = server();
    HeldPort gone = gateway.closing(HeldPort.hold());
    start(
        "patients",
        backend(
            "patients",
            "health { check = postgres, interval = 100ms, timeout = 100ms, fall = 1 }",
            gone.address(),
            one.address()));
    gateway.awaitMetric(
        0, "gateway_upstream_endpoint_up", "backend", "patients", "endpoint", gone.address());
    gateway.awaitMetric(
        1, "gateway_upstream_endpoint_up", "backend", "patients", "endpoint", one.address());
    assertThat(query("select 1", PLAIN_BINDING).out()).isEqualTo("1\n");
  }

  @Test
  void pgbenchRunsThroughIt() throws Exception {
    startTo(server());
    String parameters = to("gateway.test", PLAIN_BINDING);
    assertThat(PostgresServer.bench(parameters, "-i", "-q", "-s", "1").status()).isZero();
    Ended ended = PostgresServer.bench(parameters, "-c", "4", "-j", "2", "-t", "50");
    assertThat(ended.out())
        .as(ended.toString())
        .contains("number of transactions actually processed: 200/200");
    assertThat(ended.out()).contains("number of failed transactions: 0");
  }
}
