package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Curl;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** The hosts that requests are for: what stands in for one that is not named, and what is equal. */
class HostIT {
  private static final String OLD = "GET /x HTTP/1.0\r\n\r\n";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin origin() {
    return gateway.origin(r -> r.reply(200, "ok"));
  }

  /**
   * @param serverName of the handshake; null for none
   */
  private RawClient.Response ask(@Nullable String serverName, String request) throws IOException {
    return gateway
        .closing(RawClient.tls(gateway.https(), TestPki.context(null, TestPki.FRONT), serverName))
        .send(request)
        .read();
  }

  // ---- HTTP/1.0 without Host

  @Test
  void theNameOfTheHandshakeStandsInForAHostThatAnOldClientDoesNotSend() throws IOException {
    Origin origin = origin();
    gateway.start(Setup.to(origin).routes("{ host = gateway.test, backend = app }"));
    assertThat(ask("gateway.test", OLD).status()).isEqualTo(200);
    Origin.Request request = origin.requests().getLast();
    assertThat(request.line()).isEqualTo("GET /x HTTP/1.1");
    assertThat(request.all("host")).containsExactly("gateway.test");
    assertThat(request.all("x-forwarded-host")).containsExactly("gateway.test");
    assertThat(request.all("forwarded"))
        .containsExactly("for=127.0.0.1;host=gateway.test;proto=https");
    assertThat(gateway.access().awaitContaining("\"log\":\"access\""))
        .contains("\"host\":\"gateway.test\"");
  }

  @Test
  void withoutAnyNameARouteForAnyHostServesAndTheBackendGetsItsOwn() throws IOException {
    Origin origin = origin();
    gateway.start(
        Setup.to(origin)
            .routes("{ host = \"*\", backend = app }, { host = gateway.test, backend = app }"));
    assertThat(ask(null, "GET /x HTTP/1.0\r\nX-Forwarded-Host: forged\r\n\r\n").status())
        .isEqualTo(200);
    Origin.Request request = origin.requests().getLast();
    assertThat(request.all("host")).containsExactly("legacy.internal");
    assertThat(request.all("x-forwarded-host")).isEmpty();
    assertThat(request.all("forwarded")).containsExactly("for=127.0.0.1;proto=https");
    assertThat(request.all("x-forwarded-port")).containsExactly("443");
  }

  @Test
  void whatTheRouteRewritesTheHostToGoesBeforeTheBackendsOwnName() throws IOException {
    Origin origin = origin();
    gateway.start(Setup.to(origin).route("rewrite.host = other.internal"));
    assertThat(ask(null, OLD).status()).isEqualTo(200);
    assertThat(origin.requests().getLast().all("host")).containsExactly("other.internal");
  }

  @Test
  void aTrustedProxysHostIsKeptWhereTheRequestHasNone() throws IOException {
    Origin origin = origin();
    gateway.start(Setup.to(origin).listener("trusted-proxies = [ \"127.0.0.0/8\" ]"));
    String forwarded = "X-Forwarded-Host: public.test\r\nForwarded: for=192.0.2.7\r\n\r\n";
    assertThat(ask(null, "GET /x HTTP/1.0\r\n" + forwarded).status()).isEqualTo(200);
    Origin.Request request = origin.requests().getLast();
    assertThat(request.all("x-forwarded-host")).containsExactly("public.test");
    assertThat(request.all("forwarded"))
        .containsExactly("for=127.0.0.1;host=public.test;proto=https");
  }

  @Test
  void withoutAnyNameNoRouteForANamedHostServes() throws IOException {
    Origin origin = origin();
    gateway.start(
        Setup.to(origin)
            .routes(
                "{ host = gateway.test, backend = app }, { host = \"*.test\", backend = app }"));
    assertThat(ask(null, OLD).status()).isEqualTo(404);
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void curlAsAnOldClientWithoutHostIsServed() throws Exception {
    Origin origin = origin();
    gateway.start(origin);
    Curl.Result result =
        Curl.run(
            gateway.file("ca.pem"),
            "--http1.0",
            "-H",
            "Host:",
            "https://localhost:" + gateway.https().getPort() + "/x");
    assertThat(result.outOnSuccess()).isEqualTo("ok");
    assertThat(origin.requests().getLast().all("host")).containsExactly("localhost");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: :443\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"
      })
  void noNameStandsInForAHostThatIsOwed(String request) throws IOException {
    Origin origin = origin();
    gateway.start(origin);
    assertThat(ask("localhost", request).status()).isEqualTo(400);
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void aPlainRequestWithoutAHostHasNowhereToBeRedirectedTo() throws IOException {
    gateway.start(origin());
    assertThat(gateway.connectPlain().send(OLD).read().status()).isEqualTo(400);
    RawClient.Response absolute =
        gateway.connectPlain().send("GET http://gateway.test/x HTTP/1.0\r\n\r\n").read();
    assertThat(absolute.status()).isEqualTo(301);
    assertThat(absolute.header("location")).startsWith("https://gateway.test:").endsWith("/x");
  }

  // ---- an empty port, and that of the scheme

  @ParameterizedTest
  @CsvSource({
    "gateway.test:,gateway.test",
    "Gateway.Test:,Gateway.Test",
    "gateway.test:443,gateway.test:443",
    "gateway.test.:,gateway.test."
  })
  void aHostIsTheSameWithoutItsPort(String host, String seen) throws IOException {
    Origin origin = origin();
    gateway.start(Setup.to(origin).routes("{ host = gateway.test, backend = app }"));
    assertThat(ask("gateway.test", "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status())
        .isEqualTo(200);
    Origin.Request request = origin.requests().getLast();
    assertThat(request.all("host")).containsExactly(seen);
    assertThat(request.all("x-forwarded-host")).containsExactly(seen);
  }

  @ParameterizedTest
  @CsvSource({
    "GET / HTTP/1.1,gateway.test:",
    "GET / HTTP/1.1,gateway.test:80",
    "GET http://gateway.test:80/ HTTP/1.1,gateway.test",
    "GET http://gateway.test/ HTTP/1.1,gateway.test:80"
  })
  void aRedirectNamesThePortOfTlsAlone(String line, String host) throws IOException {
    gateway.start(
        Setup.to(origin())
            .routes("{ host = gateway.test, backend = app }")
            .listener("public-port = 443"));
    RawClient.Response response =
        gateway.connectPlain().send(line + "\r\nHost: " + host + "\r\n\r\n").read();
    assertThat(response.status()).isEqualTo(301);
    assertThat(response.header("location")).isEqualTo("https://gateway.test/");
  }
}
