package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.credentials.certificates.Certificates;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Loops;
import sallyport.testkit.OpensslCa;
import sallyport.testkit.Peers;
import sallyport.testkit.StreamPeer;
import sallyport.testkit.TestClock;
import sallyport.testkit.TestPki;
import sallyport.testkit.TlsStream;
import sallyport.tools.pki.Identity;

/**
 * Who gets a TCP stream: behind a proxy that tells for whom, and with a certificate's revocation.
 */
class StreamAccessIT {
  private static final String TRUSTING =
      "trusted-proxies = [ \"127.0.0.1\" ], proxy-protocol = true";
  private static final String V1 = "PROXY TCP4 203.0.113.7 192.0.2.1 5555 2575\r\n";
  private static final String V2 =
      "\r\n\r\n\0\r\nQUIT\n!\u0011\0\u000c\u00cb\0q\u0007\u00c0\0\u0002\u0001\u0015\u00b3\u0001\u00bb";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();
  private final TestClock clock = new TestClock(Instant.now());
  private final StreamPeer echo = StreamPeer.echo();

  private void start(String listener, String tls) {
    gateway.closing(echo);
    gateway.startWith(
        """
        gateway {
          listeners.mllp {
            bind = "127.0.0.1:0"
            tls { certificates = [ { chain = server.pem, key = server.key } ], %s }
            forward-to = engine
            %s
          }
          backends.engine {
            endpoints = [ "%s" ]
            tls {
              trust = backend-ca.pem
              certificate { chain = client.pem, key = client.key }
              server-name = legacy.internal
            }
          }
          keys.watch = 0s
          admin.bind = "127.0.0.1:0"
          runtime.workers = %d
        }
        """
            .formatted(tls, listener, echo.address(), Loops.COUNT),
        clock);
  }

  private TlsStream connect(@Nullable Identity identity, String before) throws IOException {
    return gateway.closing(
        TlsStream.connectAfter(
            before,
            gateway.gateway().address("mllp"),
            TestPki.context(identity, TestPki.FRONT),
            "localhost"));
  }

  // ---- behind a proxy

  @ParameterizedTest
  @ValueSource(strings = {V1, V2})
  void theClientOfAStreamIsWhoTheHeaderSays(String header) throws IOException {
    start(TRUSTING, "");
    TlsStream client = connect(null, header);
    client.ping("hello");
    client.close();
    assertThat(gateway.access().awaitContaining("\"protocol\":\"TCP\""))
        .contains("\"client\":\"203.0.113.7:5555\",\"proxy\":\"127.0.0.1:");
  }

  @Test
  void theLimitOfASourceIsThatOfTheClientBehindTheProxy() throws IOException {
    start(TRUSTING + ", limits.per-source.max-connections = 1", "");
    connect(null, V1).ping("hello");
    connect(null, V1.replace("203.0.113.7", "203.0.113.8")).ping("hello");
    assertThat(catchThrowable(() -> connect(null, V1).ping("hello")))
        .isInstanceOf(IOException.class);
    assertThat(echo.connections()).isEqualTo(2);
    assertThat(gateway.audit().awaitContaining("connections-refused"))
        .contains("\"client\":\"203.0.113.7:5555\"");
  }

  @Test
  void aStreamWithoutTheHeaderOfItsProxyIsRefused() throws IOException {
    start(TRUSTING, "");
    try (Socket proxy = new Socket()) {
      proxy.connect(gateway.gateway().address("mllp"));
      proxy.setSoTimeout(20_000);
      proxy
          .getOutputStream()
          .write("\u000bMSH|^~\\&|\u001c\r".repeat(30).getBytes(StandardCharsets.ISO_8859_1));
      assertThat(catchThrowable(() -> assertThat(proxy.getInputStream().read()).isNegative()))
          .satisfiesAnyOf(
              ended -> assertThat(ended).isNull(),
              reset -> assertThat(reset).isInstanceOf(IOException.class));
    }
    assertThat(gateway.audit().awaitContaining("proxy-header-refused"))
        .contains("\"proxy\":\"127.0.0.1:");
    assertThat(echo.connections()).isZero();
  }

  // ---- revocation

  private static String revocable() {
    return "client-auth { mode = required, trust = ca-1/ca.pem, revocation { crls = [ users.crl ], mode"
        + " = hard } }";
  }

  @Test
  void aRevokedClientGetsNoStreamAndAnOpenOneIsCut() throws Exception {
    Peers.demand("openssl");
    OpensslCa ca = OpensslCa.create(gateway.file("ca-1"), "users");
    clock.set(Instant.now());
    Identity user = ca.issueUser("user");
    Identity other = ca.issueUser("other");
    ca.list(gateway.file("users.crl"));
    start("", revocable());
    TlsStream revoked = connect(user, "");
    revoked.ping("hello");
    TlsStream stays = connect(other, "");
    stays.ping("hello");
    ca.revoke(user);
    ca.list(gateway.file("users.crl"));
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    assertThat(revoked.end()).isEqualTo("cut");
    assertThat(gateway.audit().awaitContaining("client-cut"))
        .contains(
            "\"listener\":\"mllp\"",
            "\"fingerprint\":\"" + Certificates.fingerprint(user.certificate()) + "\"");
    stays.ping("again");
    assertThat(catchThrowable(() -> connect(user, "").ping("hello")))
        .isInstanceOf(IOException.class);
    gateway.assertHandshakeRefused("client_certificate_revoked");
    assertThat(echo.connections()).isEqualTo(2);
  }
}
