package sallyport.http.forwarded;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.http.FieldNameSet;
import sallyport.net.ClientAuthentication;
import sallyport.net.Peers;

/** Who asked, and how: X-Forwarded-* and Forwarded always say the same. */
class ForwardedHeadersTest {
  private static final FieldNameSet NONE = new FieldNameSet(List.of(), List.of());

  private static HttpHeaders applied(boolean trusted, int port, String host, String... fields) {
    HttpHeaders headers = new DefaultHttpHeaders();
    for (String field : fields) {
      String[] parts = field.split(": ", 2);
      headers.add(parts[0], parts[1]);
    }
    Peers peers =
        new Peers(
            new InetSocketAddress("10.0.0.9", 4711),
            new InetSocketAddress("10.0.0.1", 18443),
            /* proxy= */ null);
    ConnectionInfo facts =
        new ConnectionInfo(
            "https",
            peers.client(),
            peers.local(),
            port,
            trusted,
            "TLSv1.3",
            "TLS_AES_128_GCM_SHA256",
            "X25519",
            "a.test",
            /* oneHost= */ false,
            ClientAuthentication.NONE,
            new ForwardedFor(peers, address -> trusted));
    new ForwardedHeaders(
            facts,
            new IdentityFields(NONE, NONE),
            address -> address.getHostAddress().startsWith("10."))
        .apply(headers, host);
    return headers;
  }

  private static void assertSaid(HttpHeaders headers, String name, @Nullable String value) {
    assertThat(headers.getAll(name)).as(name).isEqualTo(value == null ? List.of() : List.of(value));
  }

  @ParameterizedTest
  @CsvSource({
    "a.test, 443, 443, a.test",
    "a.test:443, 443, 443, '\"a.test:443\"'",
    "a.test:8443, 443, 8443, '\"a.test:8443\"'",
    "a.test:8443, 9443, 8443, '\"a.test:8443\"'",
    // What the connection tells where the host does not.
    "a.test, 9443, 9443, '\"a.test:9443\"'",
    "[2001:db8::1], 443, 443, '\"[2001:db8::1]\"'",
    "[2001:db8::1]:8443, 443, 8443, '\"[2001:db8::1]:8443\"'"
  })
  void thePortIsTheOneThatTheClientUsed(String host, int port, String said, String forwarded) {
    HttpHeaders headers = applied(false, port, host);
    assertSaid(headers, "x-forwarded-port", said);
    assertSaid(headers, "x-forwarded-host", host);
    assertSaid(headers, "x-forwarded-proto", "https");
    assertSaid(headers, "x-forwarded-for", "10.0.0.9");
    assertSaid(headers, "forwarded", "for=10.0.0.9;host=" + forwarded + ";proto=https");
  }

  @Test
  void whoNamesNoHostIsToldNone() {
    HttpHeaders headers = applied(false, 443, "", "X-Forwarded-Host: evil");
    assertSaid(headers, "x-forwarded-host", null);
    assertSaid(headers, "forwarded", "for=10.0.0.9;proto=https");
  }

  @Test
  void aStrangersWordIsOverwritten() {
    HttpHeaders headers =
        applied(
            false,
            443,
            "a.test",
            "X-Forwarded-For: 6.6.6.6",
            "X-Forwarded-Proto: http",
            "X-Forwarded-Host: evil",
            "X-Forwarded-Port: 1",
            "Forwarded: for=6.6.6.6;host=evil");
    assertSaid(headers, "x-forwarded-for", "10.0.0.9");
    assertSaid(headers, "x-forwarded-proto", "https");
    assertSaid(headers, "x-forwarded-host", "a.test");
    assertSaid(headers, "x-forwarded-port", "443");
    assertSaid(headers, "forwarded", "for=10.0.0.9;host=a.test;proto=https");
  }

  /** The fields, then for, proto, host, port, and Forwarded. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // One kind alone
        "X-Forwarded-For: 192.0.2.7 | 192.0.2.7, 10.0.0.9 | https | a.test | 443"
            + "| for=192.0.2.7;host=a.test;proto=https, for=10.0.0.9",
        "X-Forwarded-Proto: http | 10.0.0.9 | http | a.test | 80"
            + "| for=10.0.0.9;host=a.test;proto=http",
        "X-Forwarded-Host: p.test:8443 | 10.0.0.9 | https | p.test:8443 | 8443"
            + "| for=10.0.0.9;host=\"p.test:8443\";proto=https",
        "X-Forwarded-Port: 8443 | 10.0.0.9 | https | a.test | 8443"
            + "| for=10.0.0.9;host=\"a.test:8443\";proto=https",
        "X-Forwarded-For: 192.0.2.7 & X-Forwarded-Proto: HTTPS & X-Forwarded-Host: p.test"
            + "| 192.0.2.7, 10.0.0.9 | https | p.test | 443"
            + "| for=192.0.2.7;host=p.test;proto=https, for=10.0.0.9",
        "X-Forwarded-Proto: wss | 10.0.0.9 | https | a.test | 443"
            + "| for=10.0.0.9;host=a.test;proto=https",
        "Forwarded: for=192.0.2.7;proto=http;host=p.test | 192.0.2.7, 10.0.0.9 | http | p.test | 80"
            + "| for=192.0.2.7;host=p.test;proto=http, for=10.0.0.9",
        "Forwarded: For=\"[2001:db8::1]:4711\";Host=\"p.test:8443\";BY=_edge & Forwarded:"
            + " for=10.1.1.1| 2001:db8::1, 10.1.1.1, 10.0.0.9 | https | p.test:8443 | 8443|"
            + " for=\"[2001:db8::1]:4711\";by=_edge;host=\"p.test:8443\";proto=https, for=10.1.1.1,"
            + " for=10.0.0.9",
        "Forwarded: for=_hidden;proto=https, for=unknown | _hidden, unknown, 10.0.0.9 | https"
            + "| a.test | 443"
            + "| for=_hidden, for=unknown;host=a.test;proto=https, for=10.0.0.9",
        // Both kinds: a proxy that writes the one lets a client's own fields of the other pass.
        "X-Forwarded-For: 192.0.2.7 & Forwarded: for=6.6.6.6;host=evil;proto=http"
            + "| 192.0.2.7, 10.0.0.9 | https | a.test | 443"
            + "| for=192.0.2.7;host=a.test;proto=https, for=10.0.0.9",
        // What a client may have put in front of the word of the outermost trusted proxy
        "X-Forwarded-For: 6.6.6.6, 192.0.2.7 & X-Forwarded-Host: evil, p.test"
            + "& X-Forwarded-Proto: http,https"
            + "| 6.6.6.6, 192.0.2.7, 10.0.0.9 | https | p.test | 443"
            + "| for=6.6.6.6, for=192.0.2.7;host=p.test;proto=https, for=10.0.0.9",
        "X-Forwarded-For: 6.6.6.6, 192.0.2.7, 10.1.1.1 & X-Forwarded-Host: evil & X-Forwarded-Host:"
            + " p.test, inner.test & X-Forwarded-Port: 1, 443, 8080| 6.6.6.6, 192.0.2.7, 10.1.1.1,"
            + " 10.0.0.9 | https | p.test | 443| for=6.6.6.6,"
            + " for=192.0.2.7;host=p.test;proto=https, for=10.1.1.1, for=10.0.0.9",
        "Forwarded: for=6.6.6.6;host=evil, for=192.0.2.7;host=p.test, for=10.1.1.1;host=inner.test"
            + "| 6.6.6.6, 192.0.2.7, 10.1.1.1, 10.0.0.9 | https | p.test | 443"
            + "| for=6.6.6.6, for=192.0.2.7;host=p.test;proto=https, for=10.1.1.1, for=10.0.0.9",
        // Addresses as proxies write them
        "X-Forwarded-For: 192.0.2.7:4711, 2001:db8::7, [2001:db8::8]:1, unknown, <x>;y|"
            + " 192.0.2.7:4711, 2001:db8::7, [2001:db8::8]:1, unknown, <x>;y, 10.0.0.9| https |"
            + " a.test | 443| for=\"192.0.2.7:4711\", for=\"[2001:db8::7]\","
            + " for=\"[2001:db8::8]:1\", for=unknown, for=unknown;host=a.test;proto=https,"
            + " for=10.0.0.9",
        // What is not valid was not said.
        "X-Forwarded-Proto: gopher & X-Forwarded-Host: a b & X-Forwarded-Port: 99999"
            + "| 10.0.0.9 | https | a.test | 443 | for=10.0.0.9;host=a.test;proto=https",
        "Forwarded: for=\"192.0.2.7 | 10.0.0.9 | https | a.test | 443"
            + "| for=10.0.0.9;host=a.test;proto=https",
        "Forwarded: for=192.0.2.7;for=192.0.2.8 | 10.0.0.9 | https | a.test | 443"
            + "| for=10.0.0.9;host=a.test;proto=https"
      })
  void whatTrustedProxiesSayIsSaidInBothKinds(
      String fields,
      String forwardedFor,
      String proto,
      String host,
      String port,
      String forwarded) {
    HttpHeaders headers = applied(true, 443, "a.test", fields.split(" ?& ?"));
    assertSaid(headers, "x-forwarded-for", forwardedFor);
    assertSaid(headers, "x-forwarded-proto", proto);
    assertSaid(headers, "x-forwarded-host", host);
    assertSaid(headers, "x-forwarded-port", port);
    assertSaid(headers, "forwarded", forwarded);
  }

  @Test
  void aTrustedProxyThatSaysNothingIsTheClient() {
    HttpHeaders headers = applied(true, 443, "a.test");
    assertSaid(headers, "x-forwarded-for", "10.0.0.9");
    assertSaid(headers, "forwarded", "for=10.0.0.9;host=a.test;proto=https");
  }

  // ---- X-Request-Id

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "0123456789abcdef0123456789abcdef",
        "6f0b1cf0-1b1a-4d7b-8f0e-0a2f5b1e9c11",
        "Root=1-67891233:abc/def+x@y~z_."
      })
  void theIdOfATrustedProxyIsKept(String id) {
    HttpHeaders headers = new DefaultHttpHeaders().add("X-Request-Id", id);
    assertThat(RequestId.of(headers, true)).isEqualTo(id);
    assertThat(RequestId.of(headers, false)).matches("[0-9a-f]{16}").isNotEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\"b", "<a>", "a,b", "a;b", "é", "a\tb", "a\\b"})
  void anIdThatIsNotSoundIsReplaced(String id) {
    HttpHeaders headers =
        DefaultHttpHeadersFactory.headersFactory()
            .withValidation(false)
            .newHeaders()
            .add("X-Request-Id", id);
    assertThat(RequestId.of(headers, true)).matches("[0-9a-f]{16}");
  }

  @Test
  void oneThatIsTooLongOrDoubledIsReplaced() {
    HttpHeaders headers = new DefaultHttpHeaders().add("X-Request-Id", "a".repeat(128));
    assertThat(RequestId.of(headers, true)).hasSize(128);
    headers.set("X-Request-Id", "a".repeat(129));
    assertThat(RequestId.of(headers, true)).hasSize(16);
    headers.set("X-Request-Id", List.of("a", "b"));
    assertThat(RequestId.of(headers, true)).hasSize(16);
  }
}
