package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Nginx;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** What backends are told of how a client asked, and where they send it in return. */
class ForwardingFieldsIT {
  private static final String TRUSTED = "trusted-proxies = [ \"127.0.0.0/8\" ]";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** Answers with the fields that the client wants to get. */
  private Origin echo() {
    return gateway.origin(
        r -> {
          List<String> wanted = r.all("x-want");
          r.reply(302, "", wanted.toArray(String[]::new));
        });
  }

  private RawClient.Response ask(String host, String path, String... fields) throws IOException {
    RawClient client = gateway.connect();
    String more = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
    client.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + more + "\r\n");
    return client.read();
  }

  private String mended(String host, String field, String value) throws IOException {
    RawClient.Response response = ask(host, "/app/x", "X-Want: " + field + ": " + value);
    assertThat(response.status()).isEqualTo(302);
    return String.join(" and ", response.all(field));
  }

  private String location(String host, String value) throws IOException {
    return mended(host, "Location", value);
  }

  // ---- the port

  @Test
  void behindAnAddressTranslationThePortIsNotThatOfTheSocket() throws IOException {
    Origin origin = echo();
    gateway.start(origin);
    ask("portal.test", "/");
    assertThat(origin.requests().getLast().all("x-forwarded-port")).containsExactly("443");
    ask("portal.test:8443", "/");
    assertThat(origin.requests().getLast().all("x-forwarded-port")).containsExactly("8443");
    try (RawHttp2 client = RawHttp2.connect(gateway.https())) {
      client.get(1, "/");
      client.readHead(1);
    }
    assertThat(origin.requests().getLast().all("x-forwarded-port")).containsExactly("443");
  }

  @Test
  void aPublicPortHoldsWhereTheClientNamesNone() throws IOException {
    Origin origin = echo();
    gateway.start(Setup.to(origin).listener("public-port = 9443"));
    ask("portal.test", "/");
    assertThat(origin.requests().getLast().all("x-forwarded-port")).containsExactly("9443");
    assertThat(origin.requests().getLast().header("forwarded"))
        .contains("host=\"portal.test:9443\"");
    ask("portal.test:8443", "/");
    assertThat(origin.requests().getLast().all("x-forwarded-port")).containsExactly("8443");
  }

  @Test
  void aProxyHeaderTellsThePortThatWasAskedFor() throws IOException {
    Origin origin = echo();
    gateway.start(
        Setup.to(origin).listener(TRUSTED + ", proxy-protocol = true, public-port = 9443"));
    RawClient client =
        gateway.closing(
            RawClient.tlsAfter("PROXY TCP4 203.0.113.7 192.0.2.1 5555 7443\r\n", gateway.https()));
    client.get("/").read();
    assertThat(origin.requests().getLast().all("x-forwarded-port")).containsExactly("7443");
  }

  // ---- X-Forwarded-Prefix

  @ParameterizedTest
  @CsvSource({
    "/app, strip-prefix = true, , /app",
    "/app/, strip-prefix = true, , /app",
    "/app, prefix = /v2, , ",
    "/outer/v2, prefix = /v2, , /outer",
    "/, '', , ",
    "/app, strip-prefix = true, /edge, /edge/app",
    "/app, strip-prefix = true, '/edge/,/zone', /edge/zone/app",
    "/app, '', /edge/, /edge",
    "/app, '', //evil.test, ",
    "/app, '', /a/../b, ",
    "/app, '', https://evil.test, ",
    "/app, '', /%2e%2E/b, ",
    "/app, '', /a//b, ",
    "/app, strip-prefix = true, '/<x>', /app"
  })
  void thePrefixThatWasTakenAwayIsTold(String path, String rewrite, String sent, String told)
      throws IOException {
    Origin origin = echo();
    gateway.start(
        Setup.to(origin)
            .listener(TRUSTED)
            .routes("{ path = \"%s\", backend = app, rewrite { %s } }".formatted(path, rewrite)));
    ask("localhost", path + "/x", sent == null ? "X-None: 1" : "X-Forwarded-Prefix: " + sent);
    assertThat(origin.requests().getLast().all("x-forwarded-prefix"))
        .isEqualTo(told == null ? List.of() : List.of(told));
  }

  @Test
  void aPrefixOfManySegmentsIsDropped() throws IOException {
    Origin origin = echo();
    gateway.start(Setup.to(origin).listener(TRUSTED));
    RawClient.Response response =
        ask("localhost", "/", "X-Forwarded-Prefix: " + "/a".repeat(15_000));
    assertThat(response.status()).isEqualTo(302);
    assertThat(origin.requests().getLast().all("x-forwarded-prefix")).isEmpty();
  }

  /** A gateway interface such as CGI takes both spellings for one field. */
  @Test
  void anotherSpellingOfThePrefixIsDroppedOfTrustedProxiesToo() throws IOException {
    Origin origin = echo();
    gateway.start(Setup.to(origin).listener(TRUSTED + ", http.unusual-field-names = pass"));
    ask("localhost", "/", "X-Forwarded-Prefix: /edge", "X_Forwarded_Prefix: /evil");
    assertThat(origin.requests().getLast().all("x-forwarded-prefix")).containsExactly("/edge");
    assertThat(origin.requests().getLast().all("x_forwarded_prefix")).isEmpty();
  }

  @Test
  void aStrangersPrefixIsDropped() throws IOException {
    Origin origin = echo();
    gateway.start(Setup.to(origin).route("path = /app, rewrite.strip-prefix = true"));
    ask("localhost", "/app/x", "X-Forwarded-Prefix: /evil", "X_Forwarded_Prefix: /evil");
    assertThat(origin.requests().getLast().all("x-forwarded-prefix")).containsExactly("/app");
    assertThat(origin.requests().getLast().line()).startsWith("GET /x ");
    gateway.stop();
    gateway.start(origin);
    ask("localhost", "/x", "X-Forwarded-Prefix: /evil");
    assertThat(origin.requests().getLast().all("x-forwarded-prefix")).isEmpty();
  }

  // ---- Location

  @Test
  void thePlainSchemeOfTheHostThatWasAskedForBecomesHttps() throws IOException {
    gateway.start(echo());
    assertThat(location("portal.test", "http://portal.test/a?b#c"))
        .isEqualTo("https://portal.test/a?b#c");
    assertThat(location("portal.test", "HTTP://Portal.Test:80")).isEqualTo("https://portal.test");
    assertThat(location("portal.test:8443", "http://portal.test/a"))
        .isEqualTo("https://portal.test:8443/a");
    assertThat(location("portal.test:8443", "http://portal.test:8443/a"))
        .isEqualTo("https://portal.test:8443/a");
    assertThat(location("[2001:db8::1]", "http://[2001:db8::1]/a%2fb"))
        .isEqualTo("https://[2001:db8::1]/a%2fb");
    assertThat(mended("portal.test", "Content-Location", "http://portal.test/a"))
        .isEqualTo("https://portal.test/a");
    assertThat(mended("portal.test", "Refresh", "5; url=http://portal.test/a"))
        .isEqualTo("5; url=https://portal.test/a");
    assertThat(mended("portal.test", "Refresh", "0;URL='http://portal.test/a'"))
        .isEqualTo("0;URL='https://portal.test/a'");
    assertThat(mended("portal.test", "Refresh", "5")).isEqualTo("5");
    // It takes linear time to find that this is no URI.
    String blanks = "0;url=" + " ".repeat(20_000) + "''x";
    assertThat(mended("portal.test", "Refresh", blanks)).isEqualTo(blanks);
    // Others stay.
    for (String other :
        List.of(
            "http://other.test/",
            "http://portal.test.evil.test/",
            "http://portal.test@evil.test/",
            "http://portal.test:8080/",
            "http://legacy.internal/",
            "https://portal.test/a",
            "//portal.test/a",
            "/a",
            "a",
            "?a",
            "mailto:a@portal.test",
            "app:http://portal.test/")) {
      assertThat(location("portal.test", other)).isEqualTo(other);
    }
  }

  @Test
  void aBackendsOwnNamesAndPathsBecomeTheClientsWhereTheRouteSaysSo() throws IOException {
    Origin origin = echo();
    gateway.start(
        Setup.to(origin)
            .route(
                "path = /app, rewrite { strip-prefix = true, host = inner.test, location = all }"));
    String port = origin.address().substring(origin.address().indexOf(':') + 1);
    String there = "https://portal.test/app/a?b#c";
    for (String own :
        List.of(
            "http://inner.test/a?b#c",
            "https://inner.test/a?b#c",
            "https://inner.test:" + port + "/a?b#c",
            "https://legacy.internal/a?b#c",
            "http://legacy.internal:80/a?b#c",
            "https://127.0.0.1:" + port + "/a?b#c",
            "http://portal.test/a?b#c",
            "https://portal.test/a?b#c",
            "https://portal.test/app/a?b#c",
            "http://portal.test:" + port + "/a?b#c")) {
      assertThat(location("portal.test", own)).as(own).isEqualTo(there);
    }
    assertThat(location("portal.test:8443", "https://legacy.internal/a"))
        .isEqualTo("https://portal.test:8443/app/a");
    assertThat(location("portal.test", "//legacy.internal/a")).isEqualTo("//portal.test/app/a");
    assertThat(location("portal.test", "/a%2fb?c")).isEqualTo("/app/a%2fb?c");
    assertThat(location("portal.test", "/app/a")).isEqualTo("/app/a");
    assertThat(location("portal.test", "/application")).isEqualTo("/app/application");
    assertThat(location("portal.test", "https://legacy.internal"))
        .isEqualTo("https://portal.test/app");
    assertThat(mended("portal.test", "Refresh", "1, url=/a")).isEqualTo("1, url=/app/a");
    for (String other :
        List.of(
            "https://other.test/a",
            "https://legacy.internal:8/a",
            "//other.test/a",
            "a/b",
            "../a",
            "app:/a")) {
      assertThat(location("portal.test", other)).isEqualTo(other);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/app/, /v2, /v2/a, /app/a",
    "/app, /v2, /app/a, /app/a",
    "/app, /v2, /v20/a, /v20/a",
    "/, /app, /app/a, /a",
    "/, /app, /app, /",
    "/, /app, /app?a, /?a",
    "/, /app, /app//evil.test, /app//evil.test",
    "/, /app, /app/\\evil.test, /app/\\evil.test"
  })
  void aReplacedPrefixIsPutBack(String path, String prefix, String sent, String seen)
      throws IOException {
    gateway.start(
        Setup.to(echo())
            .route(
                "path = \"%s\", rewrite { prefix = \"%s\", location = all }"
                    .formatted(path, prefix)));
    assertThat(location("portal.test", sent)).isEqualTo(seen);
  }

  @Test
  void itStaysAsItIsWhereTheRouteSaysSo() throws IOException {
    gateway.start(Setup.to(echo()).route("rewrite.location = off"));
    assertThat(location("portal.test", "http://portal.test/a")).isEqualTo("http://portal.test/a");
  }

  @Test
  void whatTrustedProxiesSayOfTheClientDecides() throws IOException {
    gateway.start(Setup.to(echo()).listener(TRUSTED).route("rewrite.location = all"));
    String public1 = "X-Forwarded-Host: public.test:444";
    assertThat(
            ask("inner", "/", public1, "X-Want: Location: http://public.test/a").header("location"))
        .isEqualTo("https://public.test:444/a");
    String plain = "X-Forwarded-Proto: http";
    assertThat(ask("a.test", "/", plain, "X-Want: Location: http://a.test/a").header("location"))
        .isEqualTo("http://a.test/a");
    // The backend's own name may be the client's too.
    gateway.stop();
    gateway.start(
        Setup.to(echo()).listener(TRUSTED).route("rewrite { location = all, host = a.test }"));
    // Nothing is sent from TLS to plain HTTP.
    assertThat(ask("a.test", "/", plain, "X-Want: Location: https://a.test/a").header("location"))
        .isEqualTo("https://a.test/a");
  }

  // ---- Via

  @ParameterizedTest
  @CsvSource({
    "both, true, true",
    "request, true, false",
    "response, false, true",
    "off, false, false"
  })
  void viaIsAddedWhereTheRouteWantsIt(String via, boolean request, boolean response)
      throws IOException {
    Origin origin = echo();
    gateway.start(Setup.to(origin).route("via = " + via));
    RawClient.Response answer = ask("localhost", "/", "Via: 1.0 outer", "X-Want: Via: 1.1 inner");
    assertThat(origin.requests().getLast().header("via"))
        .isEqualTo(request ? "1.0 outer, 1.1 sallyport" : "1.0 outer");
    assertThat(answer.header("via")).isEqualTo(response ? "1.1 inner, 1.1 sallyport" : "1.1 inner");
  }

  @ParameterizedTest
  @CsvSource({"both, ", "response, gzip"})
  void nginxCompressesForRequestsWithoutVia(String via, String coding) throws IOException {
    Nginx nginx =
        gateway.closing(
            Nginx.start(
                gateway.file("nginx"),
                "",
                "gzip on; gzip_min_length 1; gzip_types text/plain; default_type text/plain;"
                    + " location / { return 200 \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\";"
                    + " }"));
    gateway.start(Setup.to(nginx.address()).route("via = " + via));
    RawClient.Response response = ask("localhost", "/", "Accept-Encoding: gzip");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("content-encoding")).isEqualTo(coding);
  }

  // ---- X-Request-Id

  @ParameterizedTest
  @ValueSource(strings = {"/", "/no-route"})
  void theIdOfATrustedProxyNamesTheExchangeEverywhere(String path) throws IOException {
    Origin origin = echo();
    gateway.start(
        Setup.to(origin)
            .listener(TRUSTED)
            .routes("{ host = localhost, path = / , backend = app }"));
    String id = "6f0b1cf0-1b1a-4d7b-8f0e-0a2f5b1e9c11";
    String host = path.equals("/") ? "localhost" : "other.test";
    assertThat(ask(host, path, "X-Request-Id: " + id).all("x-request-id")).containsExactly(id);
    assertThat(gateway.access().awaitContaining("GET")).contains("\"id\":\"" + id + "\"");
    for (Origin.Request request : origin.requests()) {
      assertThat(request.all("x-request-id")).containsExactly(id);
    }
  }

  @Test
  void theIdOfAStrangerAndOneThatIsNotSoundAreReplaced() throws IOException {
    Origin origin = echo();
    gateway.start(origin);
    ask("localhost", "/", "X-Request-Id: mine");
    assertThat(origin.requests().getLast().header("x-request-id")).matches("[0-9a-f]{16}");
    gateway.stop();
    gateway.start(Setup.to(origin).listener(TRUSTED));
    ask("localhost", "/", "X-Request-Id: a b<script>");
    assertThat(origin.requests().getLast().header("x-request-id")).matches("[0-9a-f]{16}");
  }
}
