package sallyport.proxy.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.config.route.split.SplitConfig;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.values.ClientAddress;

class RouteTargetsTest {
  private static final int KEYS = 20_000;
  private static final List<String> NAMES = List.of("a", "b", "c");
  private static final Map<SplitConfig.Key, String> NAME =
      Map.of(SplitConfig.Key.COOKIE, "kept", SplitConfig.Key.HEADER, "x-tenant");
  private static final GatewayMetrics METRICS = new GatewayMetrics();

  /** The numbers that chance gives, in order. */
  private final List<Integer> places = new ArrayList<>();

  private RouteTargets targets(int a, int b, int c, SplitConfig.Key key, @Nullable String name) {
    SortedMap<String, Integer> weights = new TreeMap<>();
    weights.put("a", a);
    weights.put("b", b);
    weights.put("c", c);
    return RouteTargets.of(
        NAMES.stream().map(RouteTargetsTest::target).toList(),
        new SplitConfig(weights, key, name),
        bound -> {
          assertThat(bound).isEqualTo(a + b + c);
          return places.removeFirst();
        });
  }

  @SuppressWarnings("NullAway") // Only the metrics tell one from another.
  private static RouteTarget target(String name) {
    return new RouteTarget(null, null, METRICS.route(name, name), null);
  }

  private static String chosen(RouteTargets targets, @Nullable String value, int client) {
    HttpHeaders headers = new DefaultHttpHeaders();
    if (value != null) {
      headers.set("Cookie", "x=1; kept=" + value);
      headers.set("X-Tenant", value);
    }
    RouteTarget target =
        targets.choose(
            headers,
            ClientAddress.direct(
                new InetSocketAddress("10.0." + (client >> 8) + "." + (client & 255), 1)));
    return NAMES.get(targets.all().indexOf(target));
  }

  @Test
  void chanceFollowsTheWeights() {
    RouteTargets targets = targets(2, 0, 3, SplitConfig.Key.REQUEST, null);
    places.addAll(List.of(0, 1, 2, 3, 4));
    List<String> chosen = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      chosen.add(chosen(targets, "same", 1));
    }
    assertThat(chosen).containsExactly("a", "a", "c", "c", "c");
  }

  @ParameterizedTest
  @EnumSource(
      value = SplitConfig.Key.class,
      names = {"CLIENT", "COOKIE", "HEADER"})
  void keysFollowTheWeightsAndStay(SplitConfig.Key key) {
    RouteTargets targets = targets(90, 0, 10, key, NAME.get(key));
    RouteTargets more = targets(80, 0, 20, key, NAME.get(key));
    int ofC = 0;
    for (int i = 0; i < KEYS; i++) {
      String value = "key-" + i;
      String chosen = chosen(targets, value, i);
      assertThat(chosen(targets, value, i)).isEqualTo(chosen);
      assertThat(chosen).isNotEqualTo("b");
      if (chosen.equals("c")) {
        ofC++;
        // Who was at the growing backend stays there.
        assertThat(chosen(more, value, i)).isEqualTo("c");
      }
    }
    assertThat(ofC).isBetween(KEYS * 9 / 100, KEYS * 11 / 100);
  }

  @ParameterizedTest
  @EnumSource(
      value = SplitConfig.Key.class,
      names = {"COOKIE", "HEADER"})
  void aRequestWithoutAKeyIsAssignedByChance(SplitConfig.Key key) {
    RouteTargets targets = targets(1, 1, 1, key, NAME.get(key));
    places.addAll(List.of(2, 0, 1));
    assertThat(chosen(targets, null, 1)).isEqualTo("c");
    assertThat(chosen(targets, "", 1)).isEqualTo("a");
    assertThat(chosen(targets, null, 1)).isEqualTo("b");
  }
}
