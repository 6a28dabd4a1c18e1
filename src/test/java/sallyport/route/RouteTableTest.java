package sallyport.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.ClientAccessConfig;
import sallyport.config.ConfigLocation;
import sallyport.config.RewriteConfig;
import sallyport.config.RouteConfig;

class RouteTableTest {
  private static RouteConfig route(String host, String path) {
    return new RouteConfig(
        host + path,
        host,
        path,
        "backend",
        new RewriteConfig(null, null),
        null,
        null,
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        true,
        Duration.ofSeconds(1),
        Map.of(),
        ClientAccessConfig.ANYBODY,
        new ConfigLocation("test", 1, "routes"));
  }

  private final RouteTable table =
      new RouteTable(
          List.of(
              route("*", "/any"),
              route("*.b.test", "/"),
              route("*.a.b.test", "/deep"),
              route("x.b.test", "/api"),
              route("x.b.test", "/api/v2"),
              route("x.b.test", "/slash/")));

  @ParameterizedTest
  @CsvSource({
    "x.b.test, /api, x.b.test/api",
    "x.b.test, /api/v1, x.b.test/api",
    "x.b.test, /api/v2, x.b.test/api/v2",
    "x.b.test, /api/v2/y, x.b.test/api/v2",
    "x.b.test, /api/v20, x.b.test/api",
    "x.b.test, /slash/y, x.b.test/slash/",
    "x.b.test, /other, *.b.test/",
    "x.b.test, /apix, *.b.test/",
    "y.b.test, /api, *.b.test/",
    "y.a.b.test, /deep/er, *.a.b.test/deep",
    "y.a.b.test, /else, *.b.test/",
    "b.test, /any/x, */any",
    "other, /any, */any",
    "x.b.test., /api, x.b.test/api",
    "y.b.test., /api, *.b.test/"
  })
  void theMostSpecificHostThenTheLongestPathWins(String host, String path, String name) {
    assertThat(table.match(host, path)).extracting(RouteConfig::name).isEqualTo(name);
  }

  @Test
  void whatNoRouteServesHasNone() {
    assertThat(table.match("b.test", "/")).isNull();
    assertThat(table.match("other", "/anything")).isNull();
  }

  @Test
  void aHostIsServedWhereAnyRouteIsForIt() {
    RouteTable some = new RouteTable(List.of(route("a.test", "/x"), route("*.w.test", "/")));
    assertThat(some.servesHost("a.test")).isTrue();
    assertThat(some.servesHost("q.w.test")).isTrue();
    assertThat(some.servesHost("a.test.")).isTrue();
    assertThat(some.servesHost("w.test")).isFalse();
    assertThat(some.servesHost("b.test")).isFalse();
    assertThat(table.servesHost("whatever")).isTrue();
  }
}
