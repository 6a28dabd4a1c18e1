package sallyport.observe.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.observe.metrics.GatewayMetrics.Pair;
import sallyport.observe.metrics.GatewayMetrics.Served;

/** Series come with what they are about, and go with it. */
class GatewayMetricsTest {
  private static final Served SERVED =
      new Served(
          Set.of("https"),
          Set.of(new Pair("portal", "app")),
          Set.of(new Pair("app", "a:1")),
          Set.of(new Pair("client", "https")),
          Set.of(new Pair("server", "https")),
          Set.of(new Pair("server", "a.pem")),
          Set.of(new Pair("https", "engine")));

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
    metrics.keepOnly(() -> SERVED);
    assertThat(metrics.scrape())
        .doesNotContain("\"old\"", "\"b:1\"")
        .contains("listener=\"https\"", "endpoint=\"a:1\"", "route=\"portal\"");
  }

  @Test
  void whatComesBackCountsFromTheBeginning() {
    count();
    metrics.keepOnly(() -> SERVED);
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

  @Test
  void whatAReloadRemovedOfKeysAndPeersHasNoSeries() {
    for (String name : new String[] {"https", "old"}) {
      metrics.revocation("client", name).checked("crl", "good");
      metrics.revocation("client", name).ended(1);
      metrics.revocation("client", name).nextUpdates(Map.of("CN=ca", Instant.EPOCH));
      metrics.rotation("server", name, "unchanged");
    }
    metrics.revocation("backend", "https").ended(1);
    metrics.rotation("client", "https", "unchanged");
    for (String key : new String[] {"a.pem", "old.pem"}) {
      metrics.signatures("server", key).signed();
      metrics.stapling(key).asked("good");
    }
    metrics.acme("lab", "issued.pem").issued(false);
    metrics.keepOnly(() -> SERVED);
    assertThat(metrics.scrape())
        .doesNotContain("\"old\"", "\"old.pem\"", "peer=\"backend\"", "use=\"client\"")
        .contains(
            "gateway_tls_crls_ended{name=\"https\",peer=\"client\"} 1.0",
            "gateway_tls_crl_next_update_seconds{issuer=\"CN=ca\",name=\"https\",peer=\"client\"}",
            "gateway_tls_revocation_checks_total{name=\"https\"",
            "gateway_tls_rotations_total{name=\"https\",outcome=\"unchanged\",use=\"server\"}",
            "gateway_keys_signatures_total{key=\"a.pem\"",
            "gateway_tls_stapling_answers_total{name=\"a.pem\"",
            "gateway_acme_orders_total{account=\"lab\"");
  }

  @Test
  void aListThatIsNotThereAnyMoreHasNoSeries() {
    RevocationMetrics lists = metrics.revocation("client", "https");
    lists.nextUpdates(Map.of("CN=a", Instant.EPOCH, "CN=b", Instant.EPOCH));
    lists.nextUpdates(Map.of("CN=b", Instant.EPOCH));
    lists.ended(1);
    assertThat(metrics.scrape()).contains("CN=b", "crls_ended{").doesNotContain("CN=a");
    metrics.keepLists(Set.of());
    assertThat(metrics.scrape()).doesNotContain("CN=b", "crls_ended{");
  }
}
