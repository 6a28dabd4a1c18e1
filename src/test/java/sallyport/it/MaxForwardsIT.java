package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Curl;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** How far OPTIONS and TRACE go (RFC 9110 section 7.6.2). */
class MaxForwardsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin start(String route, String http) {
    Origin origin = gateway.origin(r -> r.reply(200, "from behind"));
    gateway.start(Setup.to(origin).route(route).listener("http { " + http + " }"));
    return origin;
  }

  private RawClient send(String method, String target, String... fields) throws IOException {
    return gateway
        .connect()
        .send(
            method
                + " "
                + target
                + " HTTP/1.1\r\nHost: localhost\r\n"
                + (fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n")
                + "\r\n");
  }

  @ParameterizedTest
  @CsvSource({
    "OPTIONS,/x,1,0",
    "OPTIONS,*,10,9",
    "OPTIONS,/x,007,6",
    "OPTIONS,/x,2147483648,2147483647",
    "OPTIONS,/x,99999999999999999999999,2147483647",
    "TRACE,/x,2,1",
    // Other methods it does not speak of.
    "GET,/x,0,0",
    "GET,/x,5,5",
    "GET,/x,none,none"
  })
  void theBackendMayPassItOnOnceLess(String method, String target, String sent, String seen)
      throws IOException {
    Origin origin = start("", "trace = true");
    assertThat(send(method, target, "Max-Forwards: " + sent).read().body())
        .isEqualTo("from behind");
    assertThat(origin.requests().getFirst().all("max-forwards")).containsExactly(seen);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/x", "*"})
  void theGatewayAnswersOptionsThatMayGoNoFurther(String target) throws Exception {
    Origin origin =
        start("security-headers { set { x-content-type-options = nosniff } }", "trace = false");
    RawClient client = send("OPTIONS", target, "Max-Forwards: 0");
    RawClient.Response response = client.read();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("allow")).isEqualTo("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    assertThat(response.header("content-length")).isEqualTo("0");
    assertThat(response.all("x-request-id")).hasSize(1);
    assertThat(response.all("x-content-type-options")).containsExactly("nosniff");
    assertThat(response.all("via")).isEmpty();
    assertThat(gateway.access().awaitContaining("OPTIONS")).contains("\"status\":200");
    assertThat(origin.requests()).isEmpty();
    assertThat(client.get("/next").read().body()).isEqualTo("from behind");
  }

  @Test
  void theSameOverHttp2() throws IOException {
    Origin origin = start("", "trace = false");
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.request(1, "OPTIONS", "/x", true, Map.of("max-forwards", "0"));
    var head = client.readHead(1);
    assertThat(head.status()).hasToString("200");
    assertThat(head.contains("allow")).isTrue();
    assertThat(origin.requests()).isEmpty();
    client.request(3, "OPTIONS", "/x", true, Map.of("max-forwards", "3"));
    assertThat(client.readHead(3).contains("via")).isTrue();
    assertThat(origin.requests().getFirst().all("max-forwards")).containsExactly("2");
  }

  @Test
  void theGatewayShowsATraceThatMayGoNoFurtherButNoCredentials() throws IOException {
    Origin origin = start("", "trace = true");
    RawClient.Response response =
        send(
                "TRACE",
                "/x?a=b",
                "Max-Forwards: 0",
                "Via: 1.1 outer",
                "Cookie: session=secret",
                "Authorization: Basic c2VjcmV0",
                "Proxy-Authorization: Basic c2VjcmV0")
            .read();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("content-type")).isEqualTo("message/http");
    assertThat(response.body())
        .isEqualTo(
            "TRACE /x?a=b HTTP/1.1\r\nHost: localhost\r\nMax-Forwards: 0\r\n"
                + "Via: 1.1 outer\r\n\r\n");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void aTraceIsRefusedWhereItIsNotLetThrough() throws IOException {
    start("", "trace = false");
    assertThat(send("TRACE", "/x", "Max-Forwards: 0").read().status()).isEqualTo(405);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Max-Forwards:",
        "Max-Forwards: -1",
        "Max-Forwards: +1",
        "Max-Forwards: 0x1",
        "Max-Forwards: 1.0",
        "Max-Forwards: 1, 1",
        "Max-Forwards: a",
        "Max-Forwards: 1\r\nMax-Forwards: 1"
      })
  void aLimitThatIsNoneIsRefusedWhereItWouldHold(String field) throws Exception {
    Origin origin = start("", "trace = true");
    assertThat(send("OPTIONS", "/x", field).read().status()).isEqualTo(400);
    assertThat(gateway.audit().awaitContaining("request-refused")).contains("bad_header");
    assertThat(send("TRACE", "/x", field).read().status()).isEqualTo(400);
    assertThat(origin.requests()).isEmpty();
    assertThat(send("GET", "/x", field).read().status()).isEqualTo(200);
  }

  @Test
  void whatARouteDemandsIsDemandedOfTheLastToo() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(
        Setup.to(origin)
            .tls("client-auth { mode = optional, trust = clients-ca.pem }")
            .routes(
                "{ host = localhost, path = /guarded, backend = app, client-auth = required }"));
    assertThat(send("OPTIONS", "/guarded", "Max-Forwards: 0").read().status()).isEqualTo(403);
    assertThat(send("OPTIONS", "/other", "Max-Forwards: 0").read().status()).isEqualTo(404);
  }

  @Test
  void curlIsToldWhatTheGatewayAllows() throws Exception {
    start("", "trace = true");
    Curl.Result result =
        Curl.run(
            gateway.file("ca.pem"),
            "-i",
            "-X",
            "OPTIONS",
            "-H",
            "Max-Forwards: 0",
            "https://localhost:" + gateway.https().getPort() + "/");
    assertThat(result.outOnSuccess().toLowerCase(java.util.Locale.ROOT))
        .contains("allow: get, head, post, put, patch, delete, options, trace");
  }
}
