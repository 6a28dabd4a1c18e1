package sallyport.answer;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.values.ClientAddress;

/** One rule for a failure, wherever it happens. */
class RefusalLogTest {
  private static final ClientAddress CLIENT =
      ClientAddress.direct(new InetSocketAddress("192.0.2.7", 4711));

  private final List<AuditEvent> audited = new ArrayList<>();
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final RefusalLog refusals =
      new RefusalLog("https", metrics.downstream("https"), audited::add);
  private final ExchangeLog exchange = new ExchangeLog("https", CLIENT, "HTTP/1.1", "GET");

  @AfterEach
  void close() {
    metrics.close();
  }

  private boolean isCounted(Failure failure) {
    return metrics
        .scrape()
        .contains(
            "gateway_downstream_requests_refused_total{listener=\"https\",reason=\""
                + failure.flag()
                + "\"} 1.0");
  }

  @Test
  void aRefusedRequestIsTheSameWithAnExchangeAndWithout() {
    refusals.refused(exchange, Failure.Client.BODY_TOO_LARGE);
    refusals.refused(CLIENT, Failure.Client.BODY_TIMEOUT);
    assertThat(audited)
        .containsExactly(
            new AuditEvent.RequestRefused("https", CLIENT, "body_too_large"),
            new AuditEvent.RequestRefused("https", CLIENT, "body_timeout"));
    assertThat(isCounted(Failure.Client.BODY_TOO_LARGE)).isTrue();
    assertThat(isCounted(Failure.Client.BODY_TIMEOUT)).isTrue();
  }

  @Test
  void aRefusedClientIsAuditedWithItsCertificateAndTheReason() {
    exchange.route = "lab";
    exchange.clientCertificate = "00ff";
    refusals.refused(exchange, Failure.Access.CLIENT_NOT_LISTED, "not in client-allow");
    assertThat(audited)
        .containsExactly(
            new AuditEvent.AccessRefused(
                "https", CLIENT, "lab", "client_not_listed", "not in client-allow", "00ff"));
    assertThat(isCounted(Failure.Access.CLIENT_NOT_LISTED)).isTrue();
  }

  @Test
  void anAmbiguousPathIsAuditedWithBothRoutes() {
    exchange.route = "open";
    refusals.refused(exchange, Failure.Client.AMBIGUOUS_ROUTE, "staff");
    assertThat(audited)
        .containsExactly(
            new AuditEvent.AmbiguousRoute("https", CLIENT, "ambiguous_route", "open", "staff"));
  }

  @Test
  void whatIsNoRefusalIsLeftAlone() {
    List<Failure> others =
        List.of(
            Failure.Gateway.NO_ROUTE,
            Failure.Upstream.CONNECT_REFUSED,
            Failure.Client.CLIENT_CLOSED);
    others.forEach(failure -> refusals.refused(exchange, failure));
    assertThat(audited).isEmpty();
    assertThat(others).noneMatch(this::isCounted);
  }
}
