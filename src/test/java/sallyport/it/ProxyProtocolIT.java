package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** The PROXY protocol of a trusted proxy in front, versions 1 and 2. */
class ProxyProtocolIT {
  private static final String ON = "trusted-proxies = [ \"127.0.0.1\" ], proxy-protocol = true";
  private static final String V1 = "PROXY TCP4 203.0.113.7 192.0.2.1 5555 443\r\n";
  private static final String V2_SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";
  private static final String V2_V4 =
      V2_SIGNATURE + "!\u0011\0\u000c\u00cb\0q\u0007\u00c0\0\u0002\u0001\u0015\u00b3\u0001\u00bb";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin start(String limits) {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(Setup.to(origin).listener(ON).limits(limits));
    return origin;
  }

  private RawClient after(String header) throws IOException {
    return gateway.closing(RawClient.tlsAfter(header, gateway.https()));
  }

  private void assertRefused(String preamble) {
    assertThatThrownBy(() -> after(preamble)).isInstanceOf(IOException.class);
    assertThat(gateway.audit().awaitContaining("proxy-header-refused"))
        .contains("\"proxy\":\"127.0.0.1:");
    assertThat(
            gateway.metric(
                "gateway_downstream_connections_refused_total", "reason=\"proxy_header\""))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {V1, V2_V4})
  void theClientIsWhoTheHeaderSays(String header) throws IOException {
    Origin origin = start("");
    assertThat(after(header).get("/", "X-Forwarded-For: 10.9.8.7").read().status()).isEqualTo(200);
    Origin.Request request = origin.requests().getFirst();
    // The proxy is trusted to say who the client is; the client is not trusted to say anything.
    assertThat(request.header("x-forwarded-for")).isEqualTo("203.0.113.7");
    assertThat(request.header("x-forwarded-port")).isEqualTo("443");
    assertThat(gateway.access().awaitContaining("GET"))
        .contains("\"client\":\"203.0.113.7:5555\",\"proxy\":\"127.0.0.1:");
  }

  @Test
  void version6AddressesComeThrough() throws IOException {
    Origin origin = start("");
    after("PROXY TCP6 2001:db8::7 2001:db8::1 5555 443\r\n").get("/").read();
    assertThat(origin.requests().getFirst().header("x-forwarded-for")).isEqualTo("2001:db8::7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PROXY UNKNOWN\r\n", V2_SIGNATURE + " \0\0\0"})
  void aHeaderThatNamesNobodyLeavesTheConnectionAsItIs(String header) throws IOException {
    Origin origin = start("");
    assertThat(after(header).get("/").read().status()).isEqualTo(200);
    assertThat(origin.requests().getFirst().header("x-forwarded-for")).isEqualTo("127.0.0.1");
  }

  @Test
  void aTrustedProxyWithoutAHeaderIsRefused() {
    start("");
    assertRefused("");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY TCP4 203.0.113.7 192.0.2.1 5555\r\n",
        "PROXY TCP4 203.0.113.777 192.0.2.1 5555 443\r\n",
        "PROXY TCP4 203.0.113.7 192.0.2.1 5555 99999\r\n",
        "PROXY TCP9 203.0.113.7 192.0.2.1 5555 443\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
      })
  void aBrokenHeaderIsRefused(String header) {
    start("");
    assertRefused(header);
  }

  @Test
  void aHeaderThatDoesNotComeInTimeIsRefused() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(Setup.to(origin).listener(ON).tls("client-hello.timeout = 200ms"));
    RawClient silent = gateway.closing(RawClient.plain(gateway.https())).send("PROXY TCP4 203");
    assertThat(silent.isClosedByPeer()).isTrue();
    gateway.audit().awaitContaining("proxy-header-refused");
  }

  @Test
  void nobodyElseMaySendOne() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin).listener("trusted-proxies = [ \"127.0.0.9\" ], proxy-protocol = true"));
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    assertThatThrownBy(() -> after(V1)).isInstanceOf(IOException.class);
    gateway.audit().awaitContaining("not_tls");
  }

  @Test
  void theLimitsPerSourceAreForWhoTheHeaderNames() throws IOException {
    start("per-source.max-connections = 1");
    RawClient first = after(V1);
    assertThat(first.get("/").read().status()).isEqualTo(200);
    assertThatThrownBy(() -> after(V1)).isInstanceOf(IOException.class);
    assertThat(gateway.audit().awaitContaining("source_limit"))
        .contains("\"client\":\"203.0.113.7:5555\",\"proxy\":\"127.0.0.1:");
    assertThat(after("PROXY TCP4 203.0.113.8 192.0.2.1 5555 443\r\n").get("/").read().status())
        .isEqualTo(200);
  }

  @Test
  void whatComesInOnePieceWithARefusedHeaderIsDropped() throws IOException {
    start("per-source.max-connections = 1");
    RawClient first = after(V1);
    assertThat(first.get("/").read().status()).isEqualTo(200);
    RawClient second = gateway.closing(RawClient.plain(gateway.https())).send(V1 + "more");
    assertThat(second.isClosedByPeer()).isTrue();
    assertThat(first.get("/").read().status()).isEqualTo(200);
  }

  @Test
  void aPlainListenerTakesItTooInOnePieceWithTheRequest() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.startWith(
        Setup.to(origin)
            .hocon()
            .replace("redirect-to = https,", "redirect-to = https, " + ON + ","));
    RawClient client =
        gateway.connectPlain().send(V1 + "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assertThat(client.read().status()).isEqualTo(301);
    assertThat(gateway.access().awaitContaining("301")).contains("203.0.113.7:5555");
  }

  @Test
  void aCheckThatConnectsAndLeavesIsNoFault() throws IOException {
    start("");
    RawClient.plain(gateway.https()).close();
    after(V1).get("/").read();
    assertThat(gateway.metric("gateway_downstream_connections_refused_total")).isZero();
  }
}
