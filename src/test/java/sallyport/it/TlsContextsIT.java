package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.gateway.InUse;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tls.server.References;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;
import sallyport.tools.pki.Identity;

/** Native memory of TLS that has been replaced is freed with its last user, and not earlier. */
class TlsContextsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  private static void await(CountDownLatch latch) throws IOException {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  /** A client that has seen the certificate of the gateway, and does not answer before it may. */
  private final class HalfDone implements X509TrustManager, AutoCloseable {
    private final CountDownLatch seen = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final CompletableFuture<RawClient> client = new CompletableFuture<>();

    HalfDone() throws Exception {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {this}, null);
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  client.complete(RawClient.tls(gateway.https(), context, "localhost"));
                } catch (IOException failed) {
                  client.completeExceptionally(failed);
                }
              });
      await(seen);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
      seen.countDown();
      try {
        await(goOn);
      } catch (IOException interrupted) {
        throw new IllegalStateException(interrupted);
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
      throw new UnsupportedOperationException();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }

    RawClient finish() throws Exception {
      goOn.countDown();
      return gateway.closing(client.get(20, TimeUnit.SECONDS));
    }

    @Override
    public void close() {
      goOn.countDown();
    }
  }

  /** A backend that takes a connection and the first octet of its handshake, and says nothing. */
  private final class Silent implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    private final CompletableFuture<Socket> greeted = new CompletableFuture<>();

    Silent() throws IOException {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  Socket connection = server.accept();
                  if (connection.getInputStream().read() >= 0) {
                    greeted.complete(connection);
                  }
                } catch (IOException failed) {
                  greeted.completeExceptionally(failed);
                }
              });
    }

    String address() {
      return "127.0.0.1:" + server.getLocalPort();
    }

    /** The connection, once its handshake has begun. */
    Socket greeted() throws Exception {
      return gateway.closing(greeted.get(20, TimeUnit.SECONDS));
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  private HalfDone halfDone() throws Exception {
    return gateway.closing(new HalfDone());
  }

  private Silent silent() throws IOException {
    return gateway.closing(new Silent());
  }

  private Origin origin() {
    return gateway.origin(
        r -> {
          if (r.line().contains("/gated")) {
            asked.countDown();
            await(release);
          }
          r.reply(200, "hello");
        });
  }

  private void write(Setup setup) throws IOException {
    Files.writeString(gateway.file("gateway.conf"), setup.gateway("keys.watch = 0s").hocon());
  }

  private void start(Setup setup) throws IOException {
    write(setup);
    gateway.startFrom(gateway.file("gateway.conf"));
  }

  private void assertReloads(String what) {
    HttpResponse<String> response = gateway.reload("");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.body()).contains(what);
  }

  private References listener() {
    return InUse.listener(gateway.gateway(), "https");
  }

  private References backend() {
    return InUse.backend(gateway.gateway(), "app");
  }

  /** The references, once each loop has ended the turn in which a peer was sent something. */
  private int count(References references) {
    gateway.awaitTurns();
    return references.count();
  }

  private static void awaitCount(int expected, References references) {
    Eventually.equal("references", expected, references::count);
  }

  private static X509Certificate shown(RawClient client) throws IOException {
    return (X509Certificate) ((SSLSocket) client.socket()).getSession().getPeerCertificates()[0];
  }

  private Identity install() throws IOException {
    Identity next =
        TestPki.FRONT.issue(
            CertificateRequest.of("server")
                .dns("localhost", "gateway.test", "*.wild.test")
                .ip("127.0.0.1")
                .usage(Usage.SERVER_AUTH));
    next.write(gateway.file("server.pem"), gateway.file("server.key"));
    return next;
  }

  // ---- listeners

  @Test
  void aCertificateThatWasReplacedIsFreedWithTheLastConnectionThatHasIt() throws Exception {
    start(Setup.to(origin()));
    References before = listener();
    assertThat(count(before)).as("the listener's").isEqualTo(1);
    RawClient open = gateway.connect();
    assertThat(open.get("/").read().status()).isEqualTo(200);
    HalfDone halfDone = halfDone();
    assertThat(count(before)).isEqualTo(3);
    Identity next = install();
    assertReloads("listener https: rotated");
    assertThat(count(before)).as("without the listener's").isEqualTo(2);
    try (RawClient client = halfDone.finish()) {
      assertThat(shown(client)).isEqualTo(TestPki.SERVER.certificate());
      assertThat(client.get("/").read().status()).isEqualTo(200);
    }
    awaitCount(1, before);
    assertThat(open.get("/").read().status()).isEqualTo(200);
    open.close();
    awaitCount(0, before);
    assertThat(shown(gateway.connect())).isEqualTo(next.certificate());
  }

  @Test
  void aListenerThatWasReplacedIsFreedWithTheLastConnectionThatItAccepted() throws Exception {
    Setup setup = Setup.to(origin());
    start(setup);
    References before = listener();
    // Whether it has been accepted, the one behind it tells: there is one socket, and one queue.
    Socket silent = gateway.closing(new Socket());
    silent.connect(gateway.https());
    RawClient open = gateway.connect().get("/gated");
    await(asked);
    HalfDone halfDone = halfDone();
    assertThat(count(before)).isEqualTo(3);
    write(setup.listener("limits.max-connections = 100"));
    assertReloads("listener https: changed");
    assertThat(count(before)).as("the listener's is kept").isEqualTo(3);
    SSLSocket late =
        (SSLSocket)
            TestPki.context(null, TestPki.FRONT)
                .getSocketFactory()
                .createSocket(silent, "localhost", gateway.https().getPort(), true);
    late.startHandshake();
    assertThat(count(before)).as("with the one that was silent").isEqualTo(4);
    late.close();
    halfDone.finish().close();
    awaitCount(2, before);
    release.countDown();
    assertThat(open.read().body()).isEqualTo("hello");
    assertThat(open.isClosedByPeer()).isTrue();
    open.close();
    awaitCount(0, before);
    assertThat(gateway.get(HttpClient.Version.HTTP_1_1, "/").statusCode()).isEqualTo(200);
  }

  // ---- backends

  @Test
  void anIdentityThatWasReplacedIsFreedWithTheLastConnectThatHasIt() throws Exception {
    Silent silent = silent();
    start(Setup.to(silent.address()).backend("connect-timeout = 20s"));
    References before = backend();
    final int held = count(before);
    RawClient client = gateway.connect().get("/");
    Socket greeted = silent.greeted();
    assertThat(count(before)).isEqualTo(held + 1);
    TestPki.BACK
        .issue(CertificateRequest.of("gateway").usage(Usage.CLIENT_AUTH))
        .write(gateway.file("client.pem"), gateway.file("client.key"));
    assertReloads("backend app: rotated");
    assertThat(count(before)).as("the connect's").isEqualTo(1);
    greeted.close();
    assertThat(client.read().status()).isEqualTo(502);
    awaitCount(0, before);
  }

  @Test
  void aBackendThatWasReplacedIsFreedWithTheLastExchangeThatMayUseIt() throws Exception {
    Origin origin = origin();
    start(Setup.to(origin));
    References before = backend();
    final int held = count(before);
    RawClient client = gateway.connect().get("/gated");
    await(asked);
    assertThat(count(before)).isEqualTo(held + 1);
    write(Setup.to(origin).backend("connect-timeout = 4s"));
    assertReloads("backend app: changed");
    assertThat(count(before)).isEqualTo(held + 1);
    release.countDown();
    assertThat(client.read().body()).isEqualTo("hello");
    assertThat(client.isClosedByPeer()).isTrue();
    client.close();
    awaitCount(0, before);
  }

  @Test
  void aBackendThatWasReplacedIsFreedThoughItDoesNotAnswer() throws Exception {
    Silent silent = silent();
    start(Setup.to(silent.address()).backend("connect-timeout = 60s"));
    References before = backend();
    final int held = count(before);
    RawClient client = gateway.connect().get("/");
    Socket greeted = silent.greeted();
    write(Setup.to(origin()));
    assertReloads("backend app: changed");
    assertThat(count(before)).as("with the connect's").isEqualTo(held + 1);
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("hello");
    client.close();
    greeted.setSoTimeout(20_000);
    // The rest of the gateway's hello, and the end.
    greeted.getInputStream().readAllBytes();
    awaitLetGo();
    assertThat(count(before)).as("when the last has ended").isZero();
  }

  /** Returns once what has been closed by now has left its pipeline, and its backend is let go. */
  private void awaitLetGo() {
    assertThat(GlobalEventExecutor.INSTANCE.submit(() -> {}).awaitUninterruptibly(20_000)).isTrue();
    // The first turn closes, and the one behind it takes the handlers out.
    gateway.awaitTurns();
    gateway.awaitTurns();
  }

  // ---- the end

  @Test
  void nothingIsLeftOnceTheGatewayIsClosed() throws Exception {
    Silent silent = silent();
    Setup setup = Setup.to(silent.address()).backend("connect-timeout = 60s");
    start(setup);
    final References first = listener();
    final References backend = backend();
    gateway.connect().get("/");
    silent.greeted();
    halfDone();
    install();
    assertReloads("listener https: rotated");
    final References second = listener();
    halfDone();
    write(setup.backend("connect-timeout = 61s").listener("limits.max-connections = 100"));
    assertReloads("listener https: changed");
    References third = listener();
    halfDone();
    assertThat(first.count()).isPositive();
    assertThat(second.count()).isPositive();
    assertThat(third.count()).isPositive();
    assertThat(backend.count()).isPositive();
    gateway.stop();
    assertThat(first.count()).isZero();
    assertThat(second.count()).isZero();
    assertThat(third.count()).isZero();
    assertThat(backend.count()).isZero();
  }
}
