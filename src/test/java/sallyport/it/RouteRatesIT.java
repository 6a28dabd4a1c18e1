package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** Rates of routes. A token in an hour: none comes back during a test. */
class RouteRatesIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin start(String rate, String listener) {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    gateway.start(
        Setup.to(origin)
            .listener(listener)
            .tls("client-auth { mode = optional, trust = clients-ca.pem }")
            .route(
                "rate { per-second = 1, burst = 2, "
                    + rate
                    + " }, security-headers.set.x-frame-options = DENY"));
    return origin;
  }

  private int get(RawClient client, String... fields) throws IOException {
    return client.get("/", fields).read().status();
  }

  /** Until one is refused; a busy machine may let a token come back. */
  private RawClient.Response untilRefused(RawClient client, String... fields) throws IOException {
    RawClient.Response response = client.get("/", fields).read();
    for (int i = 0; i < 1000 && response.status() == 200; i++) {
      response = client.get("/", fields).read();
    }
    return response;
  }

  @Test
  void overItsRateAClientGets429AndTheConnectionStays() throws IOException {
    start("key = client", "");
    RawClient client = gateway.connect();
    assertThat(get(client)).isEqualTo(200);
    RawClient.Response refused = untilRefused(client);
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.all("retry-after")).containsExactly("1");
    assertThat(refused.all("x-frame-options")).containsExactly("DENY");
    assertThat(refused.header("connection")).isNull();
    assertThat(client.get("/").read().status()).isIn(200, 429);
    gateway.access().awaitContaining("\"failure\":\"too_many_requests\"");
    assertThat(
            gateway.metric(
                "gateway_downstream_requests_refused_total", "reason=\"too_many_requests\""))
        .isPositive();
  }

  @Test
  void aStreamOfHttp2IsAnsweredToo() throws IOException {
    start("key = all", "");
    RawClient client = gateway.connect();
    assertThat(untilRefused(client).status()).isEqualTo(429);
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    int stream = 1;
    Http2Headers head;
    do {
      http2.request(stream, "GET", "/", /* end= */ true, Map.of());
      head = http2.readHead(stream);
      stream += 2;
    } while (stream < 1000 && head.status().toString().equals("200"));
    assertThat(head.status()).hasToString("429");
  }

  @ParameterizedTest
  @CsvSource({
    "key = client, X-Forwarded-For: 192.0.2.1, X-Forwarded-For: 192.0.2.2, true",
    "key = source, X-Forwarded-For: 192.0.2.1, X-Forwarded-For: 192.0.2.2, false",
    "'key = header, header = X-Tenant', X-Tenant: a, X-Tenant: b, true",
    "'key = header, header = X-Tenant', X-Other: a, X-Other: b, false"
  })
  void requestsWithOneKeyHaveOneBucket(String rate, String first, String second, boolean apart)
      throws IOException {
    start(rate, "trusted-proxies = [ \"127.0.0.1\" ]");
    RawClient client = gateway.connect();
    assertThat(untilRefused(client, first).status()).isEqualTo(429);
    if (apart) {
      assertThat(get(client, second)).isEqualTo(200);
    } else {
      assertThat(untilRefused(client, second).status()).isEqualTo(429);
    }
  }

  @Test
  void anIdentityHasABucketOfItsOwn() throws IOException {
    start("key = identity", "");
    assertThat(untilRefused(gateway.connect()).status()).isEqualTo(429);
    RawClient lab =
        gateway.closing(
            RawClient.tls(
                gateway.https(), TestPki.context(TestPki.USER, TestPki.FRONT), "localhost"));
    assertThat(get(lab)).isEqualTo(200);
    assertThat(untilRefused(lab).status()).isEqualTo(429);
  }

  @Test
  void aReloadThatKeepsTheRateKeepsItsBuckets() throws Exception {
    Origin origin = gateway.origin(r -> r.reply(200, "hello"));
    Setup setup = Setup.to(origin);
    String rate = "rate { per-second = 1, burst = 1000, key = all }";
    Files.writeString(gateway.file("gateway.conf"), setup.route(rate).hocon());
    gateway.startFrom(gateway.file("gateway.conf"));
    RawClient client = gateway.connect();
    while (untilRefused(client).status() != 429) {
      // A burst of a thousand may take more than one try.
    }
    Files.writeString(gateway.file("gateway.conf"), setup.route(rate + ", via = off").hocon());
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    RawClient again = gateway.connect();
    int served = 0;
    while (get(again) == 200) {
      served++;
    }
    assertThat(served).isLessThan(900);
  }
}
