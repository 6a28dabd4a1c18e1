package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Curl;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Nginx;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.RawHttp2Origin;
import sallyport.testkit.Setup;

/**
 * Percent-encoding reaches backends and clients as it came, encoded slashes where routes say so.
 */
class EncodedPathsIT {
  private static final String PASS = "ambiguous-paths = pass";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin start(String routes) {
    return start(routes, "");
  }

  private Origin start(String routes, String listener) {
    Origin origin = gateway.origin(r -> r.reply(200, r.line()));
    gateway.start(
        Setup.to(origin)
            .tls("client-auth { mode = optional, trust = clients-ca.pem }")
            .listener(listener)
            .routes(routes));
    return origin;
  }

  private RawClient.Response ask(String target) throws IOException {
    RawClient client = gateway.connect();
    client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return client.read();
  }

  private static String seen(Origin origin) {
    return origin.requests().getLast().line();
  }

  private void assertPassesAsItCame(Origin origin, String target) throws IOException {
    assertThat(ask(target).body()).isEqualTo("GET " + target + " HTTP/1.1");
    try (RawHttp2 client = RawHttp2.connect(gateway.https())) {
      client.get(1, target);
      assertThat(client.readHead(1).status()).hasToString("200");
    }
    assertThat(origin.requests()).hasSize(2);
    assertThat(seen(origin)).isEqualTo("GET " + target + " HTTP/1.1");
  }

  /** What a signature may cover (AWS Signature Version 4), and what RFC 3986 calls equivalent. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%61%2D%7E%2e%41x",
        "/caf%c3%a9/caf%C3%A9",
        "/a%2bb%2Bc+d%20e%3d%3D",
        "/bucket/key%28with%29%2Aall%21%27?X-Amz-Signature=0a%2f%2F%7e~",
        "/~user/%7Euser/%7euser",
        "/a%252fb",
        "/x?q=%2e%2E/..%2f&%41"
      })
  void percentEncodingGoesOnAsItCame(String target) throws IOException {
    assertPassesAsItCame(start("{ backend = app }"), target);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v4/projects/group%2Fproject/repository/files/src%2fmain%2FApp.java?ref=a%2Fb",
        "/@scope%2fpackage",
        "/@scope%2Fpackage/-/package-1.0.0.tgz",
        "/api/queues/%2F/orders",
        "/api/queues/%2f/a%5Cb",
        "/admin/realms/a%5cb%5C",
        "/a\\b",
        "/%61%2f%41//b%7e"
      })
  void encodedSlashesGoOnAsTheyCameWhereTheRouteSaysSo(String target) throws IOException {
    assertPassesAsItCame(start("{ backend = app, " + PASS + " }"), target);
  }

  @Test
  void backendsOfHttp2GetThemAsTheyCameToo() throws Exception {
    RawHttp2Origin origin = gateway.closing(RawHttp2Origin.start(10));
    gateway.start(Setup.to(origin.address()).backend("protocol = http2").route(PASS));
    RawClient client = gateway.connect().get("/a%2fb%5c/%7e%c3%A9");
    RawHttp2Origin.Held held = origin.take(1).getFirst();
    held.answer();
    assertThat(client.readHead().status()).isEqualTo(204);
    assertThat(gateway.access().awaitContaining("GET"))
        .contains("\"path\":\"/a%2fb%5c/%7e%c3%A9\"");
  }

  @ParameterizedTest
  @CsvSource({"'',http1", "http2,http2"})
  void nginxBehindGetsThemAsTheyCame(String listen, String protocol) throws Exception {
    Nginx nginx =
        gateway.closing(
            Nginx.start(
                gateway.file("nginx"), listen, "location / { return 200 \"$request_uri\"; }"));
    gateway.start(Setup.to(nginx.address()).backend("protocol = " + protocol).route(PASS));
    String target = "/api/queues/%2F/a%5cb/%7e%c3%A9?q=%2f";
    assertThat(ask(target).body()).isEqualTo(target);
  }

  @Test
  void aClientThatIsNotOursGetsWhatItAskedFor() throws Exception {
    start("{ backend = app, " + PASS + " }");
    for (String version : new String[] {"--http1.1", "--http2"}) {
      Curl.Result result =
          Curl.run(
              gateway.file("ca.pem"),
              version,
              "https://localhost:" + gateway.https().getPort() + "/v2%2Fa%2f%7eb/%2F");
      assertThat(result.outOnSuccess()).isEqualTo("GET /v2%2Fa%2f%7eb/%2F HTTP/1.1");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/app,strip-prefix = true,/app/a%2fb,/a%2fb",
    "/app,strip-prefix = true,/%61p%70/%2F/x,/%2F/x",
    "/app,strip-prefix = true,/ap%70?q=%2f,/?q=%2f",
    "/app,prefix = /v2,/app/%7e%c3%a9,/v2/%7e%c3%a9",
    "/a%20b,prefix = /v2,/%61%20b/c%2F,/v2/c%2F",
    "/caf%C3%A9,strip-prefix = true,/caf%c3%a9/x,/x"
  })
  void whatFollowsARewrittenPrefixStaysAsItCame(
      String path, String rewrite, String sent, String seen) throws IOException {
    start("{ path = \"%s\", backend = app, %s, rewrite { %s } }".formatted(path, PASS, rewrite));
    assertThat(ask(sent).body()).isEqualTo("GET " + seen + " HTTP/1.1");
  }

  // ---- what a route that lets them pass still refuses

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/../x",
        "/api/%2e%2e/x",
        "/api/a%2f..%2F..%2fx",
        "/api/a%5c..%5C..%5cx",
        "/api/..%2fx",
        "/api/..%5Cx",
        "/api%2f..",
        "/api/.%2e%5cx",
        "/api\\..\\x",
        "/api/a%2F..;b%2Fx",
        "/api/./x",
        "/api/%2F.",
        "/api/a%2",
        "/api/a%00%2f",
        "/api/a%2f%0d%0a"
      })
  void whatLeadsElsewhereIsRefusedAllTheSame(String target) throws IOException {
    Origin origin = start("{ path = /api, backend = app, " + PASS + " }");
    assertThat(ask(target).status()).isEqualTo(400);
    assertThat(gateway.audit().awaitContaining("request-refused")).contains("ambiguous_uri");
    try (RawHttp2 client = RawHttp2.connect(gateway.https())) {
      client.get(1, target);
      assertThat(client.readHead(1).status()).hasToString("400");
    }
    assertThat(origin.requests()).isEmpty();
  }

  private Origin admin(String folds) {
    return start(
        "{ name = admin, path = /admin, backend = app, client-auth = required },"
            + ("{ name = open, backend = app, " + PASS + folds + " }"));
  }

  private void assertRefusedAsStricter(Origin origin, String target) throws IOException {
    assertThat(ask(target).status()).isEqualTo(400);
    assertThat(gateway.audit().awaitContaining("ambiguous-route"))
        .contains("\"route\":\"open\"", "\"folded_route\":\"admin\"");
    assertThat(origin.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/admin%2Fx",
        "/admin%2fx",
        "/admin%5Cx",
        "/admin\\x",
        "/%2Fadmin/x",
        "/%2fadmin%2f",
        "/%5cadmin",
        "/%61dmin%2Fx",
        "/open/%252e%252e%2fadmin"
      })
  void theFoldedFormIsHeldAgainstStricterRoutes(String target) throws IOException {
    assertRefusedAsStricter(admin(""), target);
  }

  /** What passes encoded is a slash to some backend, whatever else this one is known not to do. */
  @ParameterizedTest
  @ValueSource(strings = {"/admin%2Fx", "/admin%5cx", "/admin\\x", "/%61dmin%2fx"})
  void encodedSlashesAreFoldedEvenWhereNothingElseIs(String target) throws IOException {
    assertRefusedAsStricter(admin(", backend-folds = []"), target);
  }

  @Test
  void aRouteThatSaysNothingKeepsTheWayOfItsListener() throws IOException {
    Origin origin =
        start("{ path = /gitlab, backend = app, " + PASS + " }, { path = /, backend = app }");
    assertThat(ask("/gitlab/a%2Fb").body()).isEqualTo("GET /gitlab/a%2Fb HTTP/1.1");
    assertThat(ask("/other/a%2Fb").status()).isEqualTo(400);
    assertThat(ask("/gitlab%2Fa").status()).isEqualTo(400);
    assertThat(origin.requests()).hasSize(1);
  }

  @Test
  void whereAListenerNormalisesARouteMayLetPassOrReject() throws IOException {
    Origin origin =
        start(
            "{ path = /gitlab, backend = app, "
                + PASS
                + " }, { path = /strict, backend = app, ambiguous-paths = reject },"
                + " { path = /, backend = app }",
            "http.ambiguous-paths = normalise");
    assertThat(ask("/gitlab/a%2Fb").body()).isEqualTo("GET /gitlab/a%2Fb HTTP/1.1");
    assertThat(ask("/other/a%2Fb/../%7e//c").body()).isEqualTo("GET /other/a/%7e/c HTTP/1.1");
    assertThat(ask("/strict/a%2Fb").status()).isEqualTo(400);
    assertThat(ask("/strict/../strict/a%2Fb").status()).isEqualTo(400);
    assertThat(ask("/gitlab/./a%2Fb").status()).isEqualTo(400);
    // It is of the strict route once it is normalised.
    assertThat(ask("/strict%2Fa").status()).isEqualTo(400);
    assertThat(ask("/other/../strict/a").status()).isEqualTo(400);
    assertThat(origin.requests()).hasSize(2);
  }

  @Test
  void aRouteMayNormaliseWhereItsListenerRejects() throws IOException {
    start(
        "{ path = /lax, backend = app, ambiguous-paths = normalise }, { path = /, backend = app }");
    assertThat(ask("/lax/a%2Fb").body()).isEqualTo("GET /lax/a/b HTTP/1.1");
    assertThat(ask("/lax/a/../b").body()).isEqualTo("GET /lax/b HTTP/1.1");
    assertThat(ask("/lax/../b").status()).isEqualTo(400);
    assertThat(ask("/a%2Fb").status()).isEqualTo(400);
  }

  // ---- redirects

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%61%2D%7E%2e%41x",
        "/caf%c3%a9/caf%C3%A9?q=%2f%2F",
        "/api/v4/projects/group%2Fproject",
        "/@scope%2fpackage",
        "/api/queues/%2F/a%5cb",
        "/a\\b",
        "//a//b"
      })
  void aRedirectKeepsTheTargetAsItCame(String target) throws IOException {
    Origin origin = gateway.origin(request -> request.reply(200, ""));
    gateway.start(Setup.to(origin).listener("public-port = 443"));
    RawClient client = gateway.connectPlain();
    client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    RawClient.Response response = client.read();
    assertThat(response.status()).isEqualTo(301);
    assertThat(response.header("location")).isEqualTo("https://localhost" + target);
    client.send("POST http://localhost" + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    response = client.read();
    assertThat(response.status()).isEqualTo(308);
    assertThat(response.header("location")).isEqualTo("https://localhost" + target);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a%2f..%2fb", "/a\\..\\b", "/%2e%2e/a", "/a%5c.", "/a%00", "/a%2"})
  void aRedirectStillRefusesWhatLeadsElsewhere(String target) throws IOException {
    gateway.start(gateway.origin(request -> request.reply(200, "")));
    RawClient client = gateway.connectPlain();
    client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assertThat(client.read().status()).isEqualTo(400);
  }
}
