package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.net.http.HttpClient.Version;
import java.net.http.HttpResponse;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Nginx;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;
import sallyport.testkit.WebSocketAccept;

/** What changes in the header fields on the way through, in both directions. */
class HeadersIT {
  private static final String HSTS = "strict-transport-security";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin.Request seen(Origin origin, String... fields) throws IOException {
    assertThat(gateway.connect().get("/x", fields).read().status()).isEqualTo(200);
    return origin.requests().getLast();
  }

  // ---- Strict-Transport-Security

  @ParameterizedTest
  @EnumSource(Version.class)
  void everyResponseHasExactlyOneHstsInPlaceOfTheBackends(Version version) throws Exception {
    gateway.start(
        gateway.origin(
            r ->
                r.reply(
                    200,
                    "x",
                    "Strict-Transport-Security: max-age=1",
                    "Strict-Transport-Security: max-age=2")));
    HttpResponse<String> response = gateway.get(version, "/");
    assertThat(response.version()).isEqualTo(version);
    assertThat(response.headers().allValues(HSTS))
        .containsExactly("max-age=31536000; includeSubDomains");
  }

  @Test
  void theGatewaysOwnErrorsHaveItToo() throws IOException {
    gateway.start(
        Setup.to("127.0.0.1:1")
            .route("path = \"/app\"")
            .listener("hsts { max-age = 400d, preload = true }"));
    String value = "max-age=34560000; includeSubDomains; preload";
    RawClient.Response noRoute = gateway.connect().get("/other").read();
    assertThat(noRoute.status()).isEqualTo(404);
    assertThat(noRoute.all(HSTS)).containsExactly(value);
    RawClient.Response badGateway = gateway.connect().get("/app").read();
    assertThat(badGateway.status()).isEqualTo(502);
    assertThat(badGateway.all(HSTS)).containsExactly(value);
    RawClient.Response badRequest = gateway.connect().send("GET / HTTP/1.1\r\n\r\n").read();
    assertThat(badRequest.status()).isEqualTo(400);
    assertThat(badRequest.all(HSTS)).containsExactly(value);
  }

  @Test
  void aChangeToWebSocketSaysItTooInPlaceOfTheBackend() throws IOException {
    gateway.start(
        gateway.origin(
            request ->
                request.write(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                        + "Upgrade: websocket\r\nStrict-Transport-Security: max-age=1\r\n"
                        + "Sec-WebSocket-Accept: "
                        + WebSocketAccept.of(String.valueOf(request.header("sec-websocket-key")))
                        + "\r\n\r\n")));
    String value = "max-age=31536000; includeSubDomains";
    RawClient http1 = gateway.connect();
    http1.send(
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    assertThat(http1.readHead().all(HSTS)).containsExactly(value);
    try (RawHttp2 http2 = RawHttp2.connect(gateway.https())) {
      http2.requestWebSocket(1, "/");
      assertThat(http2.readHead(1).getAll(HSTS)).map(CharSequence::toString).containsExactly(value);
    }
  }

  // ---- security headers

  @Test
  void helmetsHeadersAreSetWhereTheRouteAsksForThem() throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "x", "X-Frame-Options: ALLOWALL")))
            .route(
                "security-headers { preset = helmet, set { referrer-policy = same-origin,"
                    + " x-dns-prefetch-control = \"\" } }"));
    RawClient.Response response = gateway.connect().get("/").read();
    assertThat(response.header("content-security-policy")).contains("upgrade-insecure-requests");
    assertThat(response.all("x-frame-options")).containsExactly("SAMEORIGIN");
    assertThat(response.all("x-content-type-options")).containsExactly("nosniff");
    assertThat(response.all("referrer-policy")).containsExactly("same-origin");
    assertThat(response.all("x-dns-prefetch-control")).isEmpty();
  }

  private void startRoutesThatRefuse() {
    String demands = "websocket = false, security-headers.set.x-frame-options = DENY }";
    gateway.start(
        Setup.to("127.0.0.1:1")
            .tls("client-auth { mode = optional, trust = clients-ca.pem }")
            .routes(
                "{ name = open, path = \"/open\", backend = app, max-body = 1KiB, "
                    + demands
                    + ", { name = strict, path = \"/open/strict\", backend = app, max-body = 1B, "
                    + demands
                    + ", { name = staff, path = \"/staff\", backend = app, client-auth = required, "
                    + demands));
  }

  @ParameterizedTest
  @CsvSource({
    "/open/x, 0, 502",
    "/open/x, 2000, 413",
    "/open//strict, 0, 400",
    "/staff, 0, 403",
    "/none, 0, 404",
    "/open/../../x, 0, 400"
  })
  void aRefusalHasTheHeadersOfItsRouteAndNoneBeforeARouteIsKnown(
      String path, int length, int status) throws IOException {
    startRoutesThatRefuse();
    String[] expected =
        path.equals("/none") || path.contains("..") ? new String[0] : new String[] {"DENY"};
    RawClient http1 = gateway.connect();
    http1.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length);
    RawClient.Response first = http1.send("\r\n\r\n").read();
    assertThat(first.status()).isEqualTo(status);
    assertThat(first.all("x-frame-options")).containsExactly(expected);
    assertThat(first.all(HSTS)).hasSize(1);
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    Map<String, String> fields = Map.of("content-length", String.valueOf(length));
    http2.request(1, "POST", path, /* end= */ length == 0, fields);
    Http2Headers second = http2.readHead(1);
    assertThat(second.status()).hasToString(String.valueOf(status));
    assertThat(second.getAll("x-frame-options"))
        .map(CharSequence::toString)
        .containsExactly(expected);
    assertThat(second.getAll(HSTS)).hasSize(1);
  }

  @Test
  void aRefusedWebSocketHasTheHeadersOfItsRoute() throws IOException {
    startRoutesThatRefuse();
    RawClient http1 = gateway.connect();
    http1.get("/open", "Connection: Upgrade", "Upgrade: websocket");
    RawClient.Response first = http1.readHead();
    assertThat(first.status()).isEqualTo(501);
    assertThat(first.all("x-frame-options")).containsExactly("DENY");
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    http2.requestWebSocket(1, "/open");
    Http2Headers second = http2.readHead(1);
    assertThat(second.status()).hasToString("501");
    assertThat(second.get("x-frame-options")).hasToString("DENY");
  }

  // ---- fields of the operator

  @Test
  void fieldsOfRequestsAreRemovedSetAndAdded() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(
        Setup.to(origin)
            .route(
                "request-headers { remove = [ X-Debug ], set { X-Realm = clinic }, add { X-Tag = b } }"));
    RawClient client = gateway.connect();
    client
        .get("/", "X-Debug: 1", "x-debug: 2", "X-Realm: forged", "x-realm: too", "X-Tag: a")
        .read();
    Origin.Request request = origin.requests().getFirst();
    assertThat(request.all("x-debug")).isEmpty();
    assertThat(request.all("x-realm")).containsExactly("clinic");
    assertThat(request.all("x-tag")).containsExactly("a", "b");
  }

  @Test
  void fieldsOfResponsesAreRemovedSetAndAdded() throws IOException {
    gateway.start(
        Setup.to(
                gateway.origin(
                    r -> r.reply(200, "x", "Server: old/1", "X-Powered-By: y", "Vary: Origin")))
            .route(
                "response-headers { remove = [ Server ], set { x-powered-by = none },"
                    + " add { vary = Accept } }"));
    RawClient.Response response = gateway.connect().get("/").read();
    assertThat(response.all("server")).isEmpty();
    assertThat(response.all("x-powered-by")).containsExactly("none");
    assertThat(response.all("vary")).containsExactly("Origin", "Accept");
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    http2.request(1, "GET", "/", /* end= */ true, Map.of());
    Http2Headers head = http2.readHead(1);
    assertThat(head.get("server")).isNull();
    assertThat(head.getAll("vary")).map(CharSequence::toString).containsExactly("Origin", "Accept");
  }

  // ---- from where

  /** A trusted proxy tells who the client is; a client that is none tells nothing. */
  @ParameterizedTest
  @CsvSource({
    "true, 10.1.2.3, 200",
    "true, 10.6.6.6, 403",
    "true, 192.0.2.1, 403",
    "true, , 403",
    "true, unknown, 403",
    "false, 10.1.2.3, 403"
  })
  void aRouteIsForTheAddressesThatItAllows(boolean trusted, @Nullable String said, int status)
      throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "")))
            .listener(trusted ? "trusted-proxies = [ \"127.0.0.1\" ]" : "")
            .route("allow-from = [ \"10.0.0.0/8\" ], deny-from = [ \"10.6.6.0/24\" ]"));
    RawClient client = gateway.connect();
    RawClient.Response response =
        (said == null ? client.get("/") : client.get("/", "X-Forwarded-For: " + said)).read();
    assertThat(response.status()).isEqualTo(status);
    if (status == 403) {
      assertThat(gateway.audit().awaitContaining("access-refused"))
          .contains("\"reason\":\"client_address_not_allowed\"");
    }
  }

  // ---- who asked

  @Test
  void anUntrustedClientCannotForgeWhoAsked() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(origin);
    Origin.Request request =
        seen(
            origin,
            "X-Forwarded-For: 6.6.6.6",
            "X-Forwarded-Proto: http",
            "X-Forwarded-Host: evil",
            "X-Forwarded-Port: 1",
            "Forwarded: for=6.6.6.6",
            "X-Real-IP: 6.6.6.6",
            "X-Request-Id: forged",
            "X-Forwarded-Client-Cert: forged",
            "Client-Cert: forged",
            "x-http2-scheme: forged");
    assertThat(request.all("x-forwarded-for")).containsExactly("127.0.0.1");
    assertThat(request.all("x-forwarded-proto")).containsExactly("https");
    assertThat(request.all("x-forwarded-host")).containsExactly("localhost");
    assertThat(request.all("x-forwarded-port")).containsExactly("443");
    assertThat(request.all("forwarded"))
        .containsExactly("for=127.0.0.1;host=localhost;proto=https");
    assertThat(request.all("x-request-id")).hasSize(1).doesNotContain("forged");
    for (String name :
        new String[] {"x-real-ip", "x-forwarded-client-cert", "client-cert", "x-http2-scheme"}) {
      assertThat(request.all(name)).as(name).isEmpty();
    }
  }

  @Test
  void aTrustedProxysWordIsKeptAndAppendedTo() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(Setup.to(origin).listener("trusted-proxies = [ \"127.0.0.0/8\" ]"));
    Origin.Request request =
        seen(
            origin,
            "X-Forwarded-For: 192.0.2.7",
            "X-Forwarded-Proto: https",
            "X-Forwarded-Host: public.test",
            "Forwarded: for=192.0.2.7");
    assertThat(request.all("x-forwarded-for")).containsExactly("192.0.2.7, 127.0.0.1");
    assertThat(request.all("x-forwarded-host")).containsExactly("public.test");
    assertThat(request.all("forwarded"))
        .containsExactly("for=192.0.2.7;host=public.test;proto=https, for=127.0.0.1");
  }

  @Test
  void viaIsAddedBothWays() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, "", "Via: 1.1 inner"));
    gateway.start(origin);
    RawClient.Response response = gateway.connect().get("/", "Via: 1.0 outer").read();
    assertThat(origin.requests().getLast().all("via")).containsExactly("1.0 outer, 1.1 sallyport");
    assertThat(response.all("via")).containsExactly("1.1 inner, 1.1 sallyport");
  }

  @ParameterizedTest
  @CsvSource({
    "GET / HTTP/1.0,HTTP/1.0 200,1.0,1.0",
    "GET / HTTP/1.1,HTTP/1.1 200,1.1,1.1",
    "GET / HTTP/1.2,HTTP/1.2 200,1.1,1.1"
  })
  void viaHasTheVersionThatWasReceived(String line, String answer, String front, String back)
      throws IOException {
    Origin origin = gateway.origin(r -> r.write(answer + " OK\r\nContent-Length: 0\r\n\r\n"));
    gateway.start(origin);
    RawClient.Response response =
        gateway.connect().send(line + "\r\nHost: localhost\r\n\r\n").read();
    assertThat(origin.requests().getLast().all("via")).containsExactly(front + " sallyport");
    assertThat(response.all("via")).containsExactly(back + " sallyport");
  }

  @Test
  void viaHasTheVersionOfHttp2OnEitherSide() throws IOException {
    Nginx nginx =
        gateway.closing(
            Nginx.start(
                gateway.file("nginx"), "http2", "location / { return 200 \"via=$http_via\"; }"));
    gateway.start(Setup.to(nginx.address()).backend("protocol = http2"));
    RawClient.Response response = gateway.connect().get("/").read();
    assertThat(response.body()).isEqualTo("via=1.1 sallyport");
    assertThat(response.all("via")).containsExactly("2.0 sallyport");
  }

  // ---- hop by hop

  @Test
  void whatIsMeantForOneConnectionDoesNotPass() throws IOException {
    Origin origin =
        gateway.origin(
            r ->
                r.reply(
                    200,
                    "",
                    "Connection: keep-alive, X-Inner",
                    "X-Inner: 1",
                    "Keep-Alive: timeout=5",
                    "Proxy-Authenticate: Basic",
                    "Upgrade: h2c",
                    "X-Kept: 1"));
    gateway.start(origin);
    RawClient.Response response =
        gateway
            .connect()
            .get(
                "/",
                "Connection: keep-alive, X-Outer, TE",
                "X-Outer: 1",
                "Keep-Alive: timeout=5",
                "Proxy-Connection: keep-alive",
                "TE: trailers, deflate",
                "Upgrade: h2c",
                "X-Kept: 1")
            .read();
    Origin.Request request = origin.requests().getLast();
    assertThat(request.all("connection")).containsExactly("TE");
    assertThat(request.all("te")).containsExactly("trailers");
    for (String name : new String[] {"x-outer", "keep-alive", "proxy-connection", "upgrade"}) {
      assertThat(request.all(name)).as("request " + name).isEmpty();
    }
    assertThat(request.all("x-kept")).containsExactly("1");
    for (String name :
        new String[] {"x-inner", "keep-alive", "proxy-authenticate", "upgrade", "connection"}) {
      assertThat(response.all(name)).as("response " + name).isEmpty();
    }
    assertThat(response.all("x-kept")).containsExactly("1");
  }

  @Test
  void aClientThatNominatesAFramingFieldIsRefused() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(origin);
    RawClient client = gateway.connect();
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: content-length\r\n"
            + "Content-Length: 3\r\n\r\nabc");
    assertThat(client.read().status()).isEqualTo(400);
    assertThat(origin.requests()).isEmpty();
  }
}
