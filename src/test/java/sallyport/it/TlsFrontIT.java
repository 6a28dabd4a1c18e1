package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Curl;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.PageCommands;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;
import sallyport.tools.pki.Identity;
import sallyport.tools.pki.KeyKind;

/** What clients can agree on with the gateway, and what not. */
class TlsFrontIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private void start(String tls) {
    gateway.start(Setup.to("127.0.0.1:1").tls(tls));
  }

  private static SSLParameters offering(String protocol, String... suites) {
    SSLParameters parameters = new SSLParameters(suites.length == 0 ? null : suites);
    parameters.setProtocols(new String[] {protocol});
    return parameters;
  }

  private SSLSocket handshake(SSLParameters parameters, String name) throws IOException {
    SSLSocket socket =
        gateway.closing(
            RawClient.handshake(
                gateway.https(), TestPki.context(null, TestPki.FRONT), name, parameters));
    // Under TLS 1.3 the client is done before the server: an answer shows that both are.
    socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    assertThat(socket.getInputStream().read()).isEqualTo('H');
    return socket;
  }

  private void assertRefused(SSLParameters parameters, String reason) {
    assertThatThrownBy(() -> handshake(parameters, "localhost")).isInstanceOf(IOException.class);
    gateway.assertHandshakeRefused(reason);
  }

  // ---- versions

  /** The JDK would not offer the old versions: the first bytes of a client that does. */
  @ParameterizedTest
  @CsvSource({"0x0301", "0x0302"})
  void oldVersionsAreRefusedWithAnAlert(int version) throws IOException {
    start("");
    byte[] alert = answerTo(hello(version, new int[] {0xc009, 0xc013}, false));
    assertThat(alert).containsExactly(21, 3, 3, 0, 2, 2, 70);
    assertThat(gateway.audit().awaitContaining("handshake-refused")).contains("no_common_version");
  }

  @Test
  void mozillaModernRefusesTls12() {
    start("policy = mozilla-modern");
    assertRefused(offering("TLSv1.2"), "no_common_version");
  }

  // ---- suites

  @ParameterizedTest
  @CsvSource({
    "approved, TLSv1.3, TLS_CHACHA20_POLY1305_SHA256",
    "nist-strict, TLSv1.3, TLS_CHACHA20_POLY1305_SHA256",
    "approved, TLSv1.2, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "approved, TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
    "approved, TLSv1.2, TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    "mozilla-intermediate, TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"
  })
  void aSuiteOutsideThePolicyIsRefused(String policy, String version, String suite) {
    start("policy = " + policy);
    assertRefused(offering(version, suite), "no_common_cipher");
  }

  @ParameterizedTest
  @CsvSource({
    "approved, TLSv1.3, TLS_AES_128_GCM_SHA256",
    "approved, TLSv1.3, TLS_AES_256_GCM_SHA384",
    "approved, TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "nist-strict, TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "mozilla-intermediate, TLSv1.3, TLS_CHACHA20_POLY1305_SHA256",
    "mozilla-intermediate, TLSv1.2, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "mozilla-modern, TLSv1.3, TLS_CHACHA20_POLY1305_SHA256"
  })
  void aSuiteOfThePolicyIsAgreedOn(String policy, String version, String suite) throws IOException {
    start("policy = " + policy);
    SSLSocket socket = handshake(offering(version, suite), "localhost");
    assertThat(socket.getSession().getCipherSuite()).isEqualTo(suite);
    assertThat(
            gateway.metric(
                "gateway_tls_handshakes_total",
                "cipher=\"" + suite + "\"",
                "version=\"" + version + "\""))
        .isEqualTo(1);
  }

  // ---- groups

  private static SSLParameters groups(String... names) {
    SSLParameters parameters = offering("TLSv1.3");
    parameters.setNamedGroups(names);
    return parameters;
  }

  @Test
  void nistStrictRefusesX25519() {
    start("policy = nist-strict");
    assertRefused(groups("x25519"), "no_common_group");
  }

  @ParameterizedTest
  @CsvSource({
    "approved, x25519, X25519",
    "approved, secp256r1, P-256",
    "approved, secp384r1, P-384",
    "nist-strict, secp256r1, P-256",
    "nist-strict, secp384r1, P-384"
  })
  void aGroupOfThePolicyIsAgreedOn(String policy, String group, String counted) throws IOException {
    start("policy = " + policy);
    handshake(groups(group), "localhost");
    assertThat(gateway.metric("gateway_tls_handshakes_total", "group=\"" + counted + "\""))
        .isEqualTo(1);
  }

  @Test
  void aGroupThatNoPolicyHasIsRefused() {
    start("");
    assertRefused(groups("secp521r1"), "no_common_group");
  }

  @Test
  void theHybridPostQuantumGroupIsAgreedOn() throws Exception {
    start("");
    SslContext context =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .trustManager(TestPki.FRONT.certificate())
            .option(OpenSslContextOption.GROUPS, new String[] {"X25519MLKEM768"})
            .build();
    MultiThreadIoEventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      SslHandler ssl =
          context.newHandler(
              io.netty.buffer.ByteBufAllocator.DEFAULT, "localhost", gateway.https().getPort());
      Channel channel =
          new Bootstrap()
              .group(loop)
              .channel(NioSocketChannel.class)
              .handler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel c) {
                      c.pipeline().addLast(ssl);
                    }
                  })
              .connect(gateway.https())
              .sync()
              .channel();
      ssl.handshakeFuture().get(20, TimeUnit.SECONDS);
      assertThat(SSL.getGroupName(((ReferenceCountedOpenSslEngine) ssl.engine()).sslPointer()))
          .isEqualTo("X25519MLKEM768");
      channel.close().sync();
    } finally {
      loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
      ReferenceCountUtil.release(context);
    }
    assertThat(gateway.metric("gateway_tls_handshakes_total", "group=\"X25519MLKEM768\""))
        .isEqualTo(1);
  }

  // ---- certificates

  private String certificate(String name, KeyKind key, String... names) throws IOException {
    Identity identity =
        TestPki.FRONT.issue(
            CertificateRequest.of(name).dns(names).key(key).usage(Usage.SERVER_AUTH));
    identity.write(gateway.file(name + ".pem"), gateway.file(name + ".key"));
    return "{ chain = " + name + ".pem, key = " + name + ".key }";
  }

  private String shown(String serverName, SSLParameters parameters) throws IOException {
    X509Certificate certificate =
        (X509Certificate) handshake(parameters, serverName).getSession().getPeerCertificates()[0];
    return certificate.getSubjectX500Principal().getName().split(",", 2)[0];
  }

  @Test
  void theCertificateFitsTheNameAndTheClient() throws IOException {
    String list =
        certificate("first-ec", KeyKind.EC_P256, "a.test")
            + certificate("first-rsa", KeyKind.RSA_2048, "a.test")
            + certificate("exact", KeyKind.EC_P384, "b.wild.test")
            + certificate("wild", KeyKind.EC_P256, "*.wild.test");
    gateway.start(Setup.to("127.0.0.1:1").certificates("[ " + list.replace("}{", "}, {") + " ]"));
    SSLParameters any = offering("TLSv1.3");
    SSLParameters onlyRsa = offering("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    assertThat(shown("a.test", any)).isEqualTo("CN=first-ec");
    assertThat(shown("a.test", onlyRsa)).isEqualTo("CN=first-rsa");
    assertThat(shown("b.wild.test", any)).isEqualTo("CN=exact");
    assertThat(shown("c.wild.test", any)).isEqualTo("CN=wild");
    assertThat(shown("B.WILD.test", any)).isEqualTo("CN=exact");
    assertThat(shown("d.c.wild.test", any)).isEqualTo("CN=first-ec");
    assertThat(shown("unknown.test", any)).isEqualTo("CN=first-ec");
  }

  /**
   * RFC 8422 section 5.1: the groups of a client say which curves it takes in certificates, too.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-groups X25519",
        "-groups X25519:P-384",
        "-sigalgs RSA+SHA256:RSA-PSS+SHA256",
        "-cipher ECDHE-RSA-AES128-GCM-SHA256"
      })
  void aTls12ClientThatCannotUseTheCurveGetsTheRsaCertificate(String options) throws Exception {
    String list =
        certificate("ec", KeyKind.EC_P256, "localhost")
            + certificate("rsa", KeyKind.RSA_2048, "localhost");
    gateway.start(Setup.to("127.0.0.1:1").certificates("[ " + list.replace("}{", "}, {") + " ]"));
    assertThat(sClient("-tls1_2 " + options)).contains("0 s:O = Sallyport development, CN = rsa\n");
  }

  @Test
  void aTls12ClientThatTakesTheCurveGetsTheCertificateWithIt() throws Exception {
    String list =
        certificate("rsa", KeyKind.RSA_2048, "localhost")
            + certificate("p384", KeyKind.EC_P384, "localhost")
            + certificate("p256", KeyKind.EC_P256, "localhost");
    gateway.start(Setup.to("127.0.0.1:1").certificates("[ " + list.replace("}{", "}, {") + " ]"));
    assertThat(sClient("-tls1_2")).contains("0 s:O = Sallyport development, CN = p256\n");
    assertThat(sClient("-tls1_2 -groups X25519:P-384"))
        .contains("0 s:O = Sallyport development, CN = p384\n");
  }

  private String sClient(String options) throws Exception {
    return PageCommands.run(
        gateway.folder(),
        "openssl s_client -connect 127.0.0.1:%d -servername localhost %s 2>&1 || true"
            .formatted(gateway.https().getPort(), options));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.test.", "A.test.", "a.test"})
  void aNameWithTheDotOfTheRootIsTheSameName(String name) throws Exception {
    String list =
        certificate("other", KeyKind.EC_P256, "localhost")
            + certificate("a", KeyKind.EC_P256, "a.test");
    gateway.start(
        Setup.to("127.0.0.1:1")
            .certificates("[ " + list.replace("}{", "}, {") + " ]")
            .tls("unknown-sni = reject"));
    assertThat(sClient("-servername " + name)).contains("0 s:O = Sallyport development, CN = a\n");
  }

  @Test
  void anUnknownNameIsRefusedWhereTheListenerSaysSo() {
    start("unknown-sni = reject");
    assertThatThrownBy(() -> handshake(offering("TLSv1.3"), "unknown.test"))
        .isInstanceOf(IOException.class);
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("\"reason\":\"unknown_sni\"", "\"server_name\":\"unknown.test\"");
  }

  @Test
  void aClientThatCannotVerifyAnyCertificateIsRefused() {
    start("");
    assertRefused(
        offering("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), "no_common_signature");
  }

  // ---- old clients

  /** The suites that SChannel of Windows 7 and Server 2012 R2 offers and a policy could have. */
  private String windows7(String more) throws Exception {
    return sClient(
        "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
            + "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0 "
            + more);
  }

  @Test
  void aClientThatNeedsAnEcdsaCertificateIsRefusedByAnRsaOneAlone() throws Exception {
    gateway.start(
        Setup.to("127.0.0.1:1")
            .certificates("[ " + certificate("rsa", KeyKind.RSA_2048, "localhost") + " ]"));
    assertThat(windows7("")).contains("handshake failure");
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains(
            "\"reason\":\"no_common_signature\"",
            "the client can use a certificate with a key of EC P-256 or EC P-384, and there is one"
                + " of RSA alone");
  }

  @Test
  void onlyKindsOfCertificatesThatWouldHaveServedTheClientAreNamed() throws Exception {
    gateway.start(
        Setup.to("127.0.0.1:1")
            .certificates("[ " + certificate("rsa", KeyKind.RSA_2048, "localhost") + " ]"));
    assertThat(windows7("-curves P-384 -sigalgs ECDSA+SHA384:RSA+SHA1"))
        .contains("handshake failure");
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("with a key of EC P-384, and there is one of RSA alone");
  }

  @Test
  void aRefusedClientThatNoCertificateServesIsNotSaidToNeedOne() throws Exception {
    gateway.start(
        Setup.to("127.0.0.1:1")
            .certificates("[ " + certificate("rsa", KeyKind.RSA_2048, "localhost") + " ]"));
    assertThat(windows7("-sigalgs ECDSA+SHA1:RSA+SHA1")).contains("handshake failure");
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("\"reason\":\"no_common_signature\"")
        .doesNotContain("the client can use");
  }

  @Test
  void aClientThatNeedsAnEcdsaCertificateIsServedWithOneBesideTheRsaOne() throws Exception {
    gateway.start(
        Setup.to("127.0.0.1:1")
            .certificates(
                "[ "
                    + certificate("rsa", KeyKind.RSA_2048, "localhost")
                    + ", "
                    + certificate("ec", KeyKind.EC_P256, "localhost")
                    + " ]"));
    assertThat(windows7("")).contains("Cipher is ECDHE-ECDSA-AES128-GCM-SHA256");
  }

  // ---- protocols

  private static SSLParameters speaking(String version, String... protocols) {
    SSLParameters parameters = offering(version);
    parameters.setApplicationProtocols(protocols);
    return parameters;
  }

  private void startListener(String listener) {
    gateway.start(Setup.to("127.0.0.1:1").listener(listener));
  }

  @ParameterizedTest
  @CsvSource({
    "TLSv1.2, ftp, true",
    "TLSv1.3, ftp, true",
    "TLSv1.3, HTTP/1.1, true",
    "TLSv1.3, acme-tls/1.0, true",
    "TLSv1.2, h2, false",
    "TLSv1.3, h2, false"
  })
  void aClientThatSpeaksNothingThatWeSpeakIsToldSo(String version, String protocol, boolean http2) {
    startListener("http2.enabled = " + http2);
    assertThatThrownBy(() -> handshake(speaking(version, protocol), "localhost"))
        .hasMessageContaining("no_application_protocol");
    gateway.assertHandshakeRefused("no_common_protocol");
  }

  @ParameterizedTest
  @CsvSource({"TLSv1.2, true", "TLSv1.3, true", "TLSv1.3, false"})
  void oneProtocolInCommonIsEnough(String version, boolean http2) throws IOException {
    startListener("http2.enabled = " + http2);
    assertThat(
            handshake(speaking(version, "ftp", "http/1.1"), "localhost").getApplicationProtocol())
        .isEqualTo("http/1.1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aClientWithoutAlpnSpeaksHttp1(String version) throws IOException {
    start("");
    assertThat(handshake(offering(version), "localhost").getApplicationProtocol()).isEmpty();
  }

  // ---- what is not a ClientHello

  private byte[] answerTo(byte[] bytes) throws IOException {
    try (Socket socket = new Socket(gateway.https().getAddress(), gateway.https().getPort())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(bytes);
      return socket.getInputStream().readAllBytes();
    } catch (java.net.SocketException reset) {
      return new byte[0];
    }
  }

  /** A handshake record with a ClientHello without extensions. */
  private static byte[] hello(int version, int[] suites, boolean truncated) {
    ByteBuf body = Unpooled.buffer();
    body.writeShort(version).writeZero(32).writeByte(0).writeShort(suites.length * 2);
    Arrays.stream(suites).forEach(body::writeShort);
    body.writeByte(1).writeByte(0);
    if (truncated) {
      body.writeShort(500).writeByte(0);
    }
    ByteBuf record = Unpooled.buffer();
    int length = body.readableBytes();
    record.writeByte(22).writeShort(0x0301).writeShort(length + 4);
    record.writeByte(1).writeMedium(length).writeBytes(body);
    byte[] bytes = new byte[record.readableBytes()];
    record.readBytes(bytes);
    return bytes;
  }

  @Test
  void aMalformedHelloIsRefusedWithAnAlert() throws IOException {
    start("");
    assertThat(answerTo(hello(0x0303, new int[] {0xc02b}, true)))
        .containsExactly(21, 3, 3, 0, 2, 2, 50);
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("malformed_client_hello");
  }

  @Test
  void aHelloOverTheLimitIsRefusedBeforeItIsRead() throws IOException {
    start("client-hello.max-size = 1KiB");
    byte[] hello = hello(0x0303, new int[700], false);
    assertThat(hello).hasSizeGreaterThan(1024);
    assertThat(answerTo(hello)).isEmpty();
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("client_hello_too_large");
  }

  @Test
  void aHelloThatDoesNotComeIsNotWaitedForLong() throws IOException {
    start("client-hello.timeout = 100ms");
    assertThat(answerTo(new byte[] {22, 3, 1})).isEmpty();
    assertThat(gateway.audit().awaitContaining("handshake-refused"))
        .contains("client_hello_timeout");
  }

  @ParameterizedTest
  @CsvSource({
    "GET /,true",
    "GET http://localhost/,true",
    "HEAD /,false",
    "POST /,true",
    "OPTIONS *,true",
    "PROPFIND /,true",
    "PRI *,true"
  })
  void plainHttpIsToldThatThisPortSpeaksTls(String line, boolean body) throws IOException {
    start("");
    String answer =
        new String(
            answerTo(
                (line + "secret HTTP/1.1\r\nHost: localhost\r\n\r\n" + "x".repeat(100_000))
                    .getBytes(StandardCharsets.ISO_8859_1)),
            StandardCharsets.ISO_8859_1);
    assertThat(answer)
        .startsWith("HTTP/1.1 400 Bad Request\r\n")
        .containsIgnoringCase("\r\nconnection: close\r\n")
        .containsIgnoringCase("\r\ncontent-type: text/plain")
        .doesNotContainIgnoringCase("strict-transport-security")
        .doesNotContain("secret");
    assertThat(answer.endsWith("\r\n\r\n")).isEqualTo(!body);
    if (body) {
      assertThat(answer).contains("\r\n\r\nThis port speaks HTTPS");
    }
    assertThat(gateway.assertHandshakeRefused("plain_http")).doesNotContain("secret");
  }

  @Test
  void curlShowsWhyPlainHttpIsNotServed() throws Exception {
    start("");
    Curl.Result result =
        Curl.run(
            gateway.file("ca.pem"), gateway.uri("/").toString().replace("https://", "http://"));
    assertThat(result.outOnSuccess()).startsWith("This port speaks HTTPS");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"GETX / HTTP/1.1\r\n\r\n", "\u0016\u0000garbage garbage", "SSH-2.0-x\r\n"})
  void whatIsNotTlsGetsNoAnswer(String text) throws IOException {
    start("");
    assertThat(answerTo(text.getBytes(StandardCharsets.ISO_8859_1))).isEmpty();
    assertThat(gateway.audit().awaitContaining("handshake-refused")).contains("not_tls");
  }

  @Test
  void sessionsAreResumed() throws IOException {
    start("");
    var context = TestPki.context(null, TestPki.FRONT);
    for (int i = 0; i < 2; i++) {
      assertThat(gateway.statusOf(context)).isEqualTo(502);
    }
    assertThat(gateway.metric("gateway_tls_handshakes_total", "resumed=\"true\"")).isEqualTo(1);
  }

  @Test
  void aConnectionThatSaysNothingIsNoRefusal() throws IOException {
    start("");
    new Socket(gateway.https().getAddress(), gateway.https().getPort()).close();
    try (RawClient client = gateway.connect()) {
      assertThat(client.get("/").read().status()).isEqualTo(502);
    }
    assertThat(List.copyOf(gateway.audit().all()))
        .noneMatch(line -> line.contains("handshake-refused"));
  }
}
