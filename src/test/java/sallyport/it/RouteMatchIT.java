package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Routes of one host and path that differ by their conditions. */
class RouteMatchIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  @ParameterizedTest
  @CsvSource({
    "GET, /, '', reads",
    "HEAD, /, '', reads",
    "DELETE, /, '', others",
    "GET, /?v=2, '', new",
    "GET, /?v=2&v=1, '', reads",
    "DELETE, /?v=2, '', new",
    "GET, /, a, tenant",
    "GET, /, b, reads"
  })
  void theFirstWhoseConditionsHoldServes(String method, String path, String tenant, String name)
      throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "")))
            .routes(
                "{ name = others, backend = app },"
                    + " { name = new, match.query.v = \"2\", backend = app },"
                    + " { name = tenant, match.headers.X-Tenant = a, backend = app },"
                    + " { name = reads, match.methods = [ GET, HEAD ], backend = app }"));
    RawClient client = gateway.connect();
    client.send(
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\n"
            + (tenant.isEmpty() ? "" : "X-Tenant: " + tenant + "\r\n")
            + "\r\n");
    assertThat(client.readHead().status()).isEqualTo(200);
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    http2.request(
        1, method, path, /* end= */ true, tenant.isEmpty() ? Map.of() : Map.of("x-tenant", tenant));
    Http2Headers head = http2.readHead(1);
    assertThat(head.status()).hasToString("200");
    gateway.awaitMetric(2, "gateway_downstream_requests_total", "route=\"" + name + "\"");
  }
}
