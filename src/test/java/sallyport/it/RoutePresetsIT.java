package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.GatewayConfig;
import sallyport.config.route.RouteConfig;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Limits of routes by their presets, and what clients and operators are told of them. */
class RoutePresetsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "preset = none | response-timeout 60s, idle-timeout 60s",
        "preset = dicomweb | preset dicomweb, max-body unlimited, response-timeout 10m, idle-timeout 10m",
        "preset = long-poll | preset long-poll, response-timeout 10m, idle-timeout 10m",
        "preset = soap | preset soap, max-body 1GiB, response-timeout 5m, idle-timeout 5m",
        "preset = sse | preset sse, response-timeout 60s, idle-timeout 1h",
        "preset = soap, max-body = 1B, idle-timeout = 7s"
            + " | preset soap, max-body 1B, response-timeout 5m, idle-timeout 7s"
      })
  void whatIsWrittenBesideAPresetWins(String route, String limits) throws Exception {
    GatewayConfig config =
        GatewayConfig.parse(Setup.to("127.0.0.1:1").route(route).hocon(), gateway.folder());
    RouteConfig only = config.routes().getFirst();
    assertThat(only.limits().replace("60s", "1m")).isEqualTo(limits.replace("60s", "1m"));
  }

  @Test
  void theStatusShowsThem() {
    gateway.start(Setup.to("127.0.0.1:1").route("preset = dicomweb"));
    assertThat(gateway.admin("/status").body()).contains("\"limits\": \"preset dicomweb, ");
    assertThat(gateway.admin("/").body()).contains("preset dicomweb, max-body unlimited");
  }

  @ParameterizedTest
  @CsvSource({
    "max-body = 4B, 100B, routes[0].max-body = 4B",
    "preset = none, 4B, listeners.https.limits.max-body = 4B"
  })
  void theLogNamesTheLimitOfABodyThatIsTooLarge(String route, String listener, String setting)
      throws IOException {
    gateway.start(
        Setup.to(gateway.origin(r -> r.reply(200, "")))
            .limits("max-body = " + listener)
            .route(route));
    RawClient client = gateway.connect();
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
    assertThat(client.read().status()).isEqualTo(413);
    assertThat(gateway.access().awaitContaining("\"status\":413"))
        .contains("\"setting\":\"" + setting + "\"");
    RawHttp2 http2 = gateway.closing(RawHttp2.connect(gateway.https()));
    http2.request(1, "POST", "/two", /* end= */ false, Map.of("content-length", "5"));
    Http2Headers head = http2.readHead(1);
    assertThat(head.status()).hasToString("413");
    assertThat(gateway.access().awaitContaining("/two")).contains(setting);
  }
}
