package sallyport.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.listener.LimitsConfig;
import sallyport.config.listener.PaceConfig;
import sallyport.config.listener.PerSourceConfig;
import sallyport.config.listener.RateConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.route.FieldRulesConfig;
import sallyport.config.route.PathFolding;
import sallyport.config.route.RewriteConfig;
import sallyport.config.route.RouteAction;
import sallyport.config.route.RouteConfig;
import sallyport.config.route.SourcesConfig;
import sallyport.config.route.match.MatchConfig;
import sallyport.config.route.mirror.MirrorConfig;
import sallyport.config.route.page.ErrorPagesConfig;
import sallyport.config.route.page.MaintenanceConfig;
import sallyport.config.route.rate.RouteRateConfig;
import sallyport.config.tls.ClientAccessConfig;
import sallyport.values.CidrSet;

class RouteTableTest {
  private static RouteConfig route(String host, String path) {
    return new RouteConfig(
        host + path,
        host,
        path,
        MatchConfig.NONE,
        new RouteAction.Forward("backend"),
        new RewriteConfig(null, null, null, RewriteConfig.Location.OFF),
        RouteConfig.NO_PRESET,
        null,
        null,
        0,
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        true,
        Duration.ofSeconds(1),
        Map.of(),
        FieldRulesConfig.NONE,
        FieldRulesConfig.NONE,
        ClientAccessConfig.ANYBODY,
        SourcesConfig.ALL,
        RouteRateConfig.NONE,
        null,
        RouteConfig.Via.BOTH,
        ErrorPagesConfig.NONE,
        MaintenanceConfig.OFF,
        MirrorConfig.NONE,
        Set.of(),
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
    assertThat(table.match(host, path)).extracting(match -> match.route().name()).isEqualTo(name);
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

  // ---- paths that a backend could take for those of a stricter route

  private static final LimitsConfig LIMITS = limits();

  private static LimitsConfig limits() {
    Duration second = Duration.ofSeconds(1);
    RateConfig rate = new RateConfig(1, 1);
    return new LimitsConfig(
        1,
        1024,
        1024,
        128,
        1024,
        1024,
        1000,
        second,
        second,
        second,
        second,
        1,
        new PaceConfig(10, 10, second),
        rate,
        new PerSourceConfig(1, rate));
  }

  /** A route that says something of its own: {@code required}, {@code max-body=N} and so on. */
  private static RouteConfig route(String host, String path, String says) {
    String[] word = says.split("=", 2);
    Long number = word.length > 1 && word[0].startsWith("m") ? Long.valueOf(word[1]) : null;
    return new RouteConfig(
        host + path,
        host,
        path,
        word[0].equals("only")
            ? new MatchConfig(Set.of(word[1]), Map.of(), Map.of())
            : MatchConfig.NONE,
        word[0].equals("responds")
            ? new RouteAction.Respond(503, "", "")
            : new RouteAction.Forward("backend"),
        new RewriteConfig(null, null, null, RewriteConfig.Location.OFF),
        RouteConfig.NO_PRESET,
        word[0].equals("max-body") ? number : null,
        word[0].equals("min-rate") ? number : null,
        0,
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        !word[0].equals("no-websocket"),
        Duration.ofSeconds(1),
        word[0].equals("header") ? Map.of("x-frame-options", word[1]) : Map.of(),
        word[0].equals("removes")
            ? new FieldRulesConfig(List.of(word[1]), Map.of(), Map.of())
            : FieldRulesConfig.NONE,
        FieldRulesConfig.NONE,
        new ClientAccessConfig(
            word[0].equals("required"),
            word[0].equals("allow") ? Set.of(word[1].split("\\+")) : Set.of()),
        switch (word[0]) {
          case "from" -> new SourcesConfig(CidrSet.of(List.of(word[1])), CidrSet.NONE);
          case "not-from" -> new SourcesConfig(null, CidrSet.of(List.of(word[1])));
          default -> SourcesConfig.ALL;
        },
        word[0].equals("rate")
            ? new RouteRateConfig(
                new RateConfig(Integer.parseInt(word[1]), 1), RouteRateConfig.Key.CLIENT, null)
            : RouteRateConfig.NONE,
        null,
        RouteConfig.Via.BOTH,
        ErrorPagesConfig.NONE,
        MaintenanceConfig.OFF,
        MirrorConfig.NONE,
        Set.of(PathFolding.values()),
        new ConfigLocation("test", 1, "routes"));
  }

  private static @Nullable String evaded(RouteTable routes, String host, String path) {
    RouteMatch match = routes.match(host, path);
    RouteConfig evaded = match == null ? null : match.evaded(path, LIMITS);
    return evaded == null ? null : evaded.name();
  }

  private final RouteTable guarded =
      new RouteTable(
          List.of(
              route("*", "/", ""),
              route("*", "/Admin", "required"),
              route("*", "/admin/public", ""),
              route("*", "/slash/", "required"),
              route("a.test", "/", ""),
              route("*.w.test", "/x", ""),
              route("*.w.test", "/x/y", "required")));

  @ParameterizedTest
  @CsvSource({
    // The route's own path is folded too.
    "other, /admin/x, */Admin",
    "other, /ADMIN, */Admin",
    "other, //Admin, */Admin",
    "other, /Admin//x, ",
    "other, /Administer, ",
    "other, /x//y, ",
    // What is below a laxer route as it came stays there, whatever is folded.
    "other, /admin/public//x, */Admin",
    "other, /slash, ",
    "other, /Slash/, */slash/",
    "other, /slash;x/, */slash/",
    // A host with a route of its own for all paths does not fall back.
    "a.test, //Admin/x, ",
    // One without falls back, to what its own routes leave.
    "q.w.test, //Admin/x, */Admin",
    "q.w.test, /x//y/z, *.w.test/x/y",
    "q.w.test., /X/Y, *.w.test/x/y",
    // A way up that only a backend sees may lead anywhere.
    "other, /x/%252e%252e/y, */slash/"
  })
  void aPathThatAFoldingBackendTakesForOneOfAStricterRouteIsFound(
      String host, String path, @Nullable String name) {
    assertThat(evaded(guarded, host, path)).isEqualTo(name);
  }

  @Test
  void belowALaxerRouteNothingIsFoundThatItHasAlreadyLeft() {
    RouteTable routes =
        new RouteTable(List.of(route("*", "/admin", "required"), route("*", "/admin/public", "")));
    assertThat(evaded(routes, "h", "/admin/public//x;v=1/Y.")).isNull();
    assertThat(evaded(routes, "h", "/admin/public/%252e%252e/x")).isEqualTo("*/admin");
    // Already under the stricter one.
    assertThat(evaded(routes, "h", "/admin//public/x")).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "required, '', true",
    "'', required, false",
    "required, required, false",
    "allow=a, '', true",
    "allow=a, required, true",
    "required, allow=a, false",
    "allow=a, allow=b, true",
    "allow=a+b, allow=a, false",
    "allow=a, allow=a+b, true",
    "max-body=999, '', true",
    "max-body=1001, '', false",
    "'', max-body=1001, true",
    "'', max-body=999, false",
    "max-body=1, max-body=2, true",
    "max-body=2, max-body=1, false",
    "min-rate=11, '', true",
    "min-rate=9, '', false",
    "'', min-rate=0, true",
    "no-websocket, '', true",
    "'', no-websocket, false",
    "header=DENY, '', true",
    "header=DENY, header=SAMEORIGIN, true",
    "header=DENY, header=DENY, false",
    "'', header=DENY, false",
    "responds, '', true",
    "responds, responds, false",
    "'', responds, false",
    "rate=5, '', true",
    "rate=5, rate=6, true",
    "rate=6, rate=5, false",
    "'', rate=5, false",
    "removes=x-debug, '', true",
    "removes=x-debug, removes=x-debug, false",
    "'', removes=x-debug, false",
    "from=10.0.0.0/8, '', true",
    "from=10.1.0.0/16, from=10.0.0.0/8, true",
    "from=10.0.0.0/8, from=10.1.0.0/16, false",
    "'', from=10.0.0.0/8, false",
    "not-from=10.0.0.0/8, '', true",
    "not-from=10.1.0.0/16, not-from=10.0.0.0/8, false"
  })
  void aRouteIsStricterByAnyOfItsDemands(String there, String here, boolean found) {
    RouteTable routes = new RouteTable(List.of(route("*", "/there", there), route("*", "/", here)));
    assertThat(evaded(routes, "h", "//there")).isEqualTo(found ? "*/there" : null);
    assertThat(evaded(routes, "h", "/there")).isNull();
  }

  // ---- conditions

  private static RouteRequest of(String method) {
    return new RouteRequest() {
      @Override
      public String method() {
        return method;
      }

      @Override
      public List<String> header(String name) {
        return List.of();
      }

      @Override
      public @Nullable String query() {
        return null;
      }
    };
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /api/x, */api GET",
    "POST, /api/x, */api POST",
    "PUT, /api/x, */api",
    "GET, /api/deep, */api/deep GET",
    "POST, /api/deep, */api POST",
    "GET, /, */",
    "POST, /other, */"
  })
  void aRouteWhoseConditionsDoNotHoldGivesWayToTheNext(String method, String path, String name) {
    RouteTable routes =
        new RouteTable(
            List.of(
                route("*", "/", ""),
                route("*", "/api", ""),
                route("*", "/api", "only=GET"),
                route("*", "/api", "only=POST"),
                route("*", "/api/deep", "only=GET")));
    RouteConfig route = Objects.requireNonNull(routes.match("h", path, of(method))).route();
    assertThat((route.name() + " " + String.join(" ", route.match().methods())).strip())
        .isEqualTo(name);
  }
}
