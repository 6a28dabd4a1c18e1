package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.Nginx;
import sallyport.testkit.OpensslPaths;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestClock;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.Identity;

/** What a trusted authority allows, and for how long, holds for clients and for backends. */
class AuthorityConstraintsIT {
  private static final String CLINIC = "nameConstraints=critical,permitted;DNS:clinic.test";
  private static final String MUTUAL = "client-auth { mode = required, trust = users.pem }";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();
  @TempDir Path folder;

  private OpensslPaths openssl() {
    return new OpensslPaths(folder);
  }

  private void trust(String file, X509Certificate... authorities) throws Exception {
    Identity.writeCertificates(gateway.file(file), List.of(authorities));
  }

  private Setup clients() {
    return Setup.to(gateway.origin(r -> r.reply(200, "hello"))).tls(MUTUAL);
  }

  // ---- constraints

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aClientOutsideTheConstraintsOfItsAuthorityIsRefusedAsByNginx(String version)
      throws Exception {
    OpensslPaths openssl = openssl();
    trust("users.pem", openssl.root("root", CLINIC));
    openssl.leaf("good", "/CN=u", "root", "subjectAltName=DNS:a.clinic.test");
    openssl.leaf("bad", "/CN=u", "root", "subjectAltName=DNS:a.test");
    gateway.start(clients());
    assertThat(gateway.statusOf(openssl.identity("good"), version)).isEqualTo(200);
    assertThat(gateway.statusOf(openssl.identity("bad"), version)).isZero();
    assertThat(gateway.assertHandshakeRefused("client_certificate_refused"))
        .contains("outside the name constraints of its trusted authority");
    Nginx nginx =
        gateway.closing(
            Nginx.start(
                gateway.file("nginx"),
                "",
                "ssl_client_certificate ../users.pem; ssl_verify_client on;",
                "location / { return 200; }"));
    assertThat(nginxSays(nginx, openssl.identity("good"), version)).isEqualTo(200);
    assertThat(nginxSays(nginx, openssl.identity("bad"), version)).isEqualTo(400);
  }

  private int nginxSays(Nginx nginx, Identity identity, String version) throws Exception {
    SSLContext context = TestPki.context(identity, TestPki.BACK);
    String[] address = nginx.address().split(":", -1);
    try (RawClient client =
        RawClient.tls(
            new InetSocketAddress(address[0], Integer.parseInt(address[1])),
            context,
            "legacy.internal",
            version)) {
      return client.status();
    }
  }

  @Test
  void aBackendOutsideTheConstraintsOfItsAuthorityGetsNothing() throws Exception {
    OpensslPaths openssl = openssl();
    trust("backend-ca.pem", openssl.root("root", CLINIC));
    openssl.leaf("backend", "/CN=b", "root", "subjectAltName=DNS:legacy.internal");
    Origin origin =
        gateway.origin(openssl.identity("backend"), TestPki.BACK, r -> r.reply(200, "leaked"));
    gateway.start(origin);
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(502);
    assertThat(gateway.audit().awaitContaining("backend-refused"))
        .contains("\"reason\":\"tls_untrusted\"", "outside the name constraints");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void aBackendWithinThemIsServed() throws Exception {
    OpensslPaths openssl = openssl();
    trust(
        "backend-ca.pem", openssl.root("root", "nameConstraints=critical,permitted;DNS:internal"));
    openssl.leaf("backend", "/CN=b", "root", "subjectAltName=DNS:legacy.internal");
    gateway.start(
        gateway.origin(openssl.identity("backend"), TestPki.BACK, r -> r.reply(200, "hello")));
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("hello");
  }

  // ---- time

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void anAuthorityThatExpiresWhileInUseIsNotReliedOnAnyMore(String version) throws Exception {
    OpensslPaths openssl = openssl();
    trust("users.pem", openssl.root(2, "short"), openssl.root("root"));
    openssl.leaf("ends", "/CN=u", "short");
    openssl.leaf("stays", "/CN=u", "root");
    TestClock clock = new TestClock(Instant.now());
    gateway.startWith(clients().hocon(), clock);
    SSLContext remembers = TestPki.context(openssl.identity("ends"), TestPki.FRONT);
    assertThat(gateway.statusOf(remembers, version)).isEqualTo(200);
    clock.advance(Duration.ofDays(3));
    // Its session is not resumed either.
    assertThat(gateway.statusOf(remembers, version)).isZero();
    assertThat(gateway.statusOf(openssl.identity("ends"), version)).isZero();
    assertThat(gateway.statusOf(openssl.identity("stays"), version)).isEqualTo(200);
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    assertThat(gateway.statusOf(openssl.identity("ends"), version)).isZero();
    assertThat(gateway.statusOf(openssl.identity("stays"), version)).isEqualTo(200);
  }

  @Test
  void anAuthorityWhoseTimeComesIsReliedOnFromThenOn() throws Exception {
    OpensslPaths openssl = openssl();
    X509Certificate early = openssl.root("root");
    trust("users.pem", early, TestPki.USERS.certificate());
    openssl.leaf("user", "/CN=u", "root");
    TestClock clock = new TestClock(early.getNotBefore().toInstant().minusSeconds(1));
    gateway.startWith(clients().hocon(), clock);
    assertThat(gateway.statusOf(openssl.identity("user"))).isZero();
    clock.advance(Duration.ofSeconds(1));
    assertThat(gateway.statusOf(openssl.identity("user"))).isEqualTo(200);
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    assertThat(gateway.statusOf(openssl.identity("user"))).isEqualTo(200);
  }

  @Test
  void aBackendWhoseAuthorityExpiresGetsNothingAnyMore() throws Exception {
    OpensslPaths openssl = openssl();
    trust("backend-ca.pem", openssl.root(2, "short"), TestPki.BACK.certificate());
    openssl.leaf("backend", "/CN=b", "short", "subjectAltName=DNS:legacy.internal");
    TestClock clock = new TestClock(Instant.now());
    Origin origin =
        gateway.origin(openssl.identity("backend"), TestPki.BACK, r -> r.reply(200, "hello"));
    gateway.startWith(Setup.to(origin).backend("pool.max-idle-per-loop = 0").hocon(), clock);
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("hello");
    clock.advance(Duration.ofDays(3));
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(502);
    assertThat(origin.requests()).hasSize(1);
  }

  // ---- files

  @Test
  void aCertificateThatCannotBeReliedOnIsLeftOutWithAWarning() throws Exception {
    OpensslPaths openssl = openssl();
    trust("users.pem", openssl.root(0, "old"), openssl.root("root"), TestPki.SERVER.certificate());
    Files.writeString(
        gateway.file("users.pem"),
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
            + "-----BEGIN CERTIFICATE-----\n!?*\n-----END CERTIFICATE-----\n",
        StandardOpenOption.APPEND);
    openssl.leaf("user", "/CN=u", "root");
    try (LogLines log = new LogLines("sallyport.credentials.trust.TrustedAuthorities")) {
      gateway.start(clients());
      assertThat(log.all())
          .hasSize(4)
          .allMatch(line -> line.matches("configuration:\\d+: .*client-auth.trust: .*"))
          .anyMatch(line -> line.contains("CN=old expired at") && line.contains("certificate 1 of"))
          .anyMatch(line -> line.contains("is not a certificate authority (certificate 3 of"))
          .anyMatch(line -> line.contains("certificate 4 of '") && line.contains("cannot be read"))
          .anyMatch(line -> line.contains("certificate 5 of '") && line.contains("cannot be read"));
    }
    assertThat(gateway.statusOf(openssl.identity("user"))).isEqualTo(200);
    assertThat(gateway.gateway().reload("test", null)).isTrue();
    assertThat(gateway.statusOf(openssl.identity("user"))).isEqualTo(200);
    assertThat(gateway.audit().awaitContaining("certificate-expired")).contains("CN=old");
  }

  @Test
  void aFileOfExpiredAuthoritiesAloneStopsTheStart() throws Exception {
    trust("users.pem", openssl().root(0, "old"));
    assertThat(gateway.problem(clients().hocon()).problems())
        .singleElement()
        .asString()
        .contains("client-auth.trust: CN=old expired at ");
  }

  @Test
  void theBundleOfDebianMayBeTrusted() throws Exception {
    gateway.start(
        Setup.to("127.0.0.1:1").upstreamTls("trust = \"/etc/ssl/certs/ca-certificates.crt\""));
    assertThat(gateway.gateway().reload("test", null)).isTrue();
  }

  // ---- cross-signs

  /** A good way and an expired one below the same leaf, in either order. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void anExpiredCrossSignThatAPeerSendsDoesNoHarm(boolean first) throws Exception {
    OpensslPaths openssl = openssl();
    trust("users.pem", openssl.root("root"));
    openssl.root("other");
    X509Certificate expired = openssl.expiredAuthority("between", "other");
    X509Certificate good = openssl.authority("between", "root");
    openssl.leaf("user", "/CN=u", "between");
    Identity user =
        first ? openssl.identity("user", expired, good) : openssl.identity("user", good, expired);
    gateway.start(clients());
    assertThat(gateway.statusOf(sending(user))).isEqualTo(200);
  }

  /** A client that sends just this: a KeyStore takes no chain that is none. */
  private static SSLContext sending(Identity user) throws Exception {
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    KeyStore front = KeyStore.getInstance("PKCS12");
    front.load(null, null);
    front.setCertificateEntry("front", TestPki.FRONT.certificate());
    trust.init(front);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        new KeyManager[] {
          new X509ExtendedKeyManager() {
            @Override
            public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
              return "user";
            }

            @Override
            public String[] getClientAliases(String type, Principal[] issuers) {
              return new String[] {"user"};
            }

            @Override
            public X509Certificate[] getCertificateChain(String alias) {
              return user.chain().toArray(X509Certificate[]::new);
            }

            @Override
            public PrivateKey getPrivateKey(String alias) {
              return user.key();
            }

            @Override
            public @Nullable String chooseServerAlias(
                String type, Principal[] issuers, Socket socket) {
              return null;
            }

            @Override
            public String @Nullable [] getServerAliases(String type, Principal[] issuers) {
              return null;
            }
          }
        },
        trust.getTrustManagers(),
        null);
    return context;
  }

  /** As of those that named an old root above their own: what clients need is left. */
  @Test
  void anExpiredCrossSignInTheChainOfTheGatewayIsNotShown() throws Exception {
    OpensslPaths openssl = openssl();
    openssl.root("older");
    X509Certificate root = openssl.root("root");
    X509Certificate expired = openssl.expiredAuthority("root", "older");
    X509Certificate between = openssl.authority("between", "root");
    openssl.leaf(
        "server",
        "/CN=s",
        "between",
        "extendedKeyUsage=serverAuth",
        "subjectAltName=DNS:localhost");
    openssl
        .identity("server", between, expired)
        .write(gateway.file("server.pem"), gateway.file("server.key"));
    try (LogLines log = new LogLines("sallyport.credentials.keys.KeyOpener")) {
      gateway.start(Setup.to(gateway.origin(r -> r.reply(200, "hello"))));
      assertThat(log.all())
          .singleElement()
          .asString()
          .matches("configuration:\\d+: .*certificates\\[0\\]\\.chain: .*")
          .contains("certificate 3 of the chain expired at", "it is not shown");
    }
    try (SSLSocket socket =
        RawClient.handshake(
            gateway.https(), TestPki.context(null, root), "localhost", new SSLParameters())) {
      assertThat(socket.getSession().getPeerCertificates()).hasSize(2);
    }
    assertThat(gateway.gateway().reload("test", null)).isTrue();
  }

  @Test
  void anExpiredIssuerOfTheGatewaysCertificateStopsTheStart() throws Exception {
    OpensslPaths openssl = openssl();
    openssl.root("root");
    X509Certificate between = openssl.expiredAuthority("between", "root");
    openssl.leaf(
        "server",
        "/CN=s",
        "between",
        "extendedKeyUsage=serverAuth",
        "subjectAltName=DNS:localhost");
    openssl
        .identity("server", between)
        .write(gateway.file("server.pem"), gateway.file("server.key"));
    assertThat(gateway.problem(Setup.to("127.0.0.1:1").hocon()).problems())
        .singleElement()
        .asString()
        .contains("certificate 2 of the chain expired at");
  }
}
