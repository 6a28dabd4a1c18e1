package sallyport.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.metrics.GatewayMetrics.Pair;
import sallyport.metrics.GatewayMetrics.Served;

/** Series come with what they are about, and go with it. */
class GatewayMetricsTest {
  private static final Served SERVED =
      new Served(
          Set.of("https"), Set.of(new Pair("portal", "app")), Set.of(new Pair("app", "a:1")));

  private final GatewayMetrics metrics = new GatewayMetrics();

  @AfterEach
  void close() {
    metrics.close();
  }

  private void count() {
    for (String listener : new String[] {"https", "old"}) {
      metrics.downstream(listener).requestRefused("bad_host");
      metrics.tls(listener).handshakeFailed("other");
    }
    metrics.upstream("app", "a:1").failed("unresolved");
    metrics.upstream("app", "b:1").failed("unresolved");
    metrics.upstream("old", "a:1").failed("unresolved");
    metrics.route("portal", "app").exchangeStarted();
    metrics.route("portal", "old").exchangeStarted();
  }

  @Test
  void whatIsNoLongerServedHasNoSeries() {
    count();
    assertThat(metrics.scrape()).contains("\"old\"", "\"b:1\"");
    metrics.keepOnly(SERVED);
    assertThat(metrics.scrape())
        .doesNotContain("\"old\"", "\"b:1\"")
        .contains("listener=\"https\"", "endpoint=\"a:1\"", "route=\"portal\"");
  }

  @Test
  void whatComesBackCountsFromTheBeginning() {
    count();
    metrics.keepOnly(SERVED);
    metrics.upstream("old", "a:1").failed("unresolved");
    assertThat(metrics.scrape())
        .contains(
            "gateway_upstream_failures_total{backend=\"old\",endpoint=\"a:1\",failure=\"unresolved\"}"
                + " 1.0");
  }

  @Test
  void ofATokenThatIsNotConfiguredNothingIsKnown() {
    AtomicBoolean used = new AtomicBoolean(true);
    metrics.tokenUp("hsm", used::get, () -> false);
    assertThat(metrics.scrape()).contains("gateway_tls_token_up{token=\"hsm\"} 0.0");
    used.set(false);
    assertThat(metrics.scrape()).contains("gateway_tls_token_up{token=\"hsm\"} NaN");
  }
}
