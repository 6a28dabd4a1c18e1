package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** What is written down of an exchange and of a security event, and what never is. */
class LogsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static Config json(String line) {
    return ConfigFactory.parseString(
        line, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
  }

  private Config access(String text) {
    return json(gateway.access().awaitContaining(text));
  }

  @Test
  void anExchangeIsOneJsonLineWithItsFacts() throws IOException {
    Origin origin = gateway.origin(r -> r.answer(201, "made " + r.body()));
    gateway.start(Setup.to(origin).route("name = portal"));
    RawClient client = gateway.connect();
    client.send("POST /made HTTP/1.1\r\nHost: localhost:8443\r\nContent-Length: 2\r\n\r\nit");
    assertThat(client.read().status()).isEqualTo(201);
    Config line = access("/made");
    assertThat(line.getString("log")).isEqualTo("access");
    assertThat(Instant.parse(line.getString("time"))).isBeforeOrEqualTo(Instant.now());
    assertThat(line.getString("listener")).isEqualTo("https");
    assertThat(line.getString("client")).startsWith("127.0.0.1:");
    assertThat(line.getString("protocol")).isEqualTo("HTTP/1.1");
    assertThat(line.getString("method")).isEqualTo("POST");
    assertThat(line.getString("host")).isEqualTo("localhost:8443");
    assertThat(line.getInt("status")).isEqualTo(201);
    assertThat(line.getString("route")).isEqualTo("portal");
    assertThat(line.getString("backend")).isEqualTo("app");
    assertThat(line.getString("endpoint")).isEqualTo(origin.address());
    assertThat(line.getInt("attempts")).isEqualTo(1);
    assertThat(line.getLong("request_bytes")).isEqualTo(2);
    assertThat(line.getLong("response_bytes")).isEqualTo(7);
    assertThat(line.getDouble("duration_ms")).isPositive();
    assertThat(line.getString("tls_version")).isEqualTo("TLSv1.3");
    assertThat(line.getString("tls_cipher")).startsWith("TLS_AES_");
    assertThat(line.getString("tls_group")).isNotEmpty();
    assertThat(line.hasPath("failure")).isFalse();
    assertThat(gateway.access().all()).hasSize(1);
  }

  @Test
  void theQueryIsLeftOutByDefault() throws IOException {
    gateway.start(gateway.origin(r -> r.reply(200, "")));
    gateway.connect().get("/find?patient=smith").read();
    assertThat(gateway.access().awaitContaining("\"/find\""))
        .doesNotContain("smith")
        .doesNotContain("patient");
  }

  @Test
  void theQueryIsLoggedWhereThatIsAskedFor() throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, ""))).gateway("access-log.query = true"));
    gateway.connect().get("/find?patient=smith").read();
    assertThat(access("/find").getString("query")).isEqualTo("patient=smith");
  }

  @Test
  void aRedirectLeavesTheQueryOutToo() throws IOException {
    gateway.start(gateway.origin(r -> r.reply(200, "")));
    gateway.connectPlain().get("/find?patient=smith").read();
    assertThat(gateway.access().awaitContaining("\"/find\""))
        .contains("\"status\":301", "\"listener\":\"http\"")
        .doesNotContain("smith");
  }

  // ---- behind a proxy

  private static final String PROXIED = "trusted-proxies = [ \"127.0.0.0/8\" ]";

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void behindATrustedProxyALineNamesTheClientAndTheProxy(HttpClient.Version version)
      throws Exception {
    gateway.start(Setup.to(gateway.origin(r -> r.reply(200, ""))).listener(PROXIED));
    gateway
        .client(version)
        .send(
            HttpRequest.newBuilder(gateway.uri("/x"))
                .header("X-Forwarded-For", "6.6.6.6, 203.0.113.7")
                .build(),
            HttpResponse.BodyHandlers.discarding());
    Config line = access("\"/x\"");
    assertThat(line.getString("client")).isEqualTo("203.0.113.7");
    assertThat(line.getString("proxy")).startsWith("127.0.0.1:");
  }

  @Test
  void withoutAProxyALineNamesNone() throws IOException {
    gateway.start(gateway.origin(r -> r.reply(200, "")));
    gateway.connect().get("/x", "X-Forwarded-For: 203.0.113.7").read();
    Config line = access("\"/x\"");
    assertThat(line.getString("client")).startsWith("127.0.0.1:");
    assertThat(line.hasPath("proxy")).isFalse();
  }

  @Test
  void aRefusedRequestIsAuditedWithTheClientBehindTheProxy() throws IOException {
    gateway.start(Setup.to(gateway.origin(r -> r.reply(200, ""))).listener(PROXIED));
    gateway.connect().get("/a/%2e%2e/b%2fc", "X-Forwarded-For: 203.0.113.7").read();
    Config line = json(gateway.audit().awaitContaining("request-refused"));
    assertThat(line.getString("client")).isEqualTo("203.0.113.7");
    assertThat(line.getString("proxy")).startsWith("127.0.0.1:");
  }

  @Test
  void aBodyOverPlainHttpIsAuditedWithTheClientBehindTheProxy() throws IOException {
    gateway.startWith(
        Setup.to(gateway.origin(r -> r.reply(200, "")))
            .hocon()
            .replace("redirect-to = https,", "redirect-to = https, " + PROXIED + ","));
    gateway
        .connectPlain()
        .send(
            "POST /x HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.7\r\n"
                + "Content-Length: 1\r\n\r\nx")
        .read();
    assertThat(json(gateway.audit().awaitContaining("plain-body")).getString("client"))
        .isEqualTo("203.0.113.7");
    assertThat(access("\"/x\"").getString("client")).isEqualTo("203.0.113.7");
  }

  @Test
  void withTheAccessLogOffNothingIsWritten() throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, ""))).gateway("access-log.enabled = false"));
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(200);
    gateway.stop();
    assertThat(gateway.access().all()).isEmpty();
  }

  @Test
  void theRequestIdOfTheLogIsTheOneThatTheBackendSaw() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(origin);
    gateway.connect().get("/x", "X-Request-Id: forged").read();
    String id = access("\"/x\"").getString("id");
    assertThat(id).matches("[0-9a-f]{16}");
    assertThat(origin.requests().getFirst().all("x-request-id")).containsExactly(id);
  }

  @Test
  void headersAndBodiesAreNeverWritten() throws IOException {
    gateway.start(gateway.origin(r -> r.reply(500, "answer-secret", "Set-Cookie: cookie-secret")));
    RawClient client = gateway.connect();
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token-secret\r\n"
            + "Content-Length: 11\r\n\r\nbody-secret");
    client.read();
    gateway.access().awaitContaining("\"status\":500");
    gateway.stop();
    assertThat(gateway.access().all()).noneMatch(line -> line.contains("secret"));
    assertThat(gateway.audit().all()).noneMatch(line -> line.contains("secret"));
  }

  @Test
  void whatAClientSendsCannotForgeALine() throws IOException {
    gateway.start(Setup.to(gateway.origin(r -> r.reply(200, ""))).routes("{ backend = app }"));
    RawClient client = gateway.connect();
    client.send("GET /\",\"status\":1,\"x\":\" HTTP/1.1\r\nHost: localhost\r\n\r\n");
    int status = client.read().status();
    Config line = access("\"log\":\"access\"");
    assertThat(line.getInt("status")).isEqualTo(status);
    assertThat(gateway.access().all()).hasSize(1).noneMatch(text -> text.contains("\n"));
  }

  @Test
  void theAuditLogTellsOfKeysStartAndStop() {
    gateway.start(gateway.origin(r -> r.reply(200, "")));
    gateway.stop();
    List<Config> events = gateway.audit().all().stream().map(LogsIT::json).toList();
    assertThat(events)
        .extracting(event -> event.getString("event"))
        .containsExactly("key-opened", "key-opened", "started", "stopped");
    assertThat(events).extracting(event -> event.getString("log")).containsOnly("audit");
    assertThat(events.get(0).getString("use")).isEqualTo("server");
    assertThat(events.get(1).getString("use")).isEqualTo("client");
    assertThat(events.get(0).getString("fingerprint")).matches("[0-9a-f]{64}");
    assertThat(events.get(2).getString("sha256")).matches("[0-9a-f]{64}");
    assertThat(events.get(3).getInt("cut")).isZero();
  }

  @Test
  void aRequestThatCanBeReadInTwoWaysIsAudited() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(origin);
    RawClient client = gateway.connect();
    client.send(
        "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assertThat(client.read().status()).isEqualTo(400);
    assertThat(gateway.audit().awaitContaining("request-refused"))
        .contains("\"reason\":\"both_te_cl_present\"");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void aFloodOfBadRequestsIsNoFloodOfLinesAndNoneOfThemIsLost() throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, ""))).gateway("audit-log.lines-per-second = 2"));
    int flood = 100;
    long begin = System.nanoTime();
    for (int i = 0; i < flood; i++) {
      try (RawClient client = RawClient.tls(gateway.https())) {
        assertThat(client.send("GET / HTTP/1.1\r\n\r\n").read().status()).isEqualTo(400);
      }
    }
    assertThat(gateway.metric("gateway_downstream_requests_refused_total", "reason=\"bad_host\""))
        .isEqualTo(flood);
    int seconds = (int) TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
    gateway.stop();
    List<String> lines =
        gateway.audit().all().stream().filter(l -> l.contains("request-refused")).toList();
    // Two a second with each second that has begun, one of them that sums up, and the last sum.
    assertThat(lines)
        .hasSizeLessThanOrEqualTo(3 * (seconds + 1) + 1)
        .allMatch(l -> l.contains("bad_host"));
    assertThat(LogLines.told(lines)).isEqualTo(flood);
  }
}
