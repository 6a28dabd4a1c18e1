package sallyport.answer;

import sallyport.http.FailureTable;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.DownstreamMetrics;
import sallyport.values.ClientAddress;

/**
 * Counter and auditor of refused requests, the only one, by {@link FailureTable}.
 *
 * <p>Immutable, any thread.
 *
 * @param listener its name
 */
public record RefusalLog(String listener, DownstreamMetrics metrics, AuditLog audit) {
  /** Records a failure outside of a request, or after its end. */
  public void refused(ClientAddress client, Failure failure) {
    record(client, failure, "", "", "");
  }

  /** Records the failure of an exchange. */
  public void refused(ExchangeLog exchange, Failure failure) {
    refused(exchange, failure, "");
  }

  /**
   * Records the failure of an exchange.
   *
   * @param detail of a refused client, what was wrong with it; of an ambiguous path, the name of
   *     the other route; empty for others
   */
  public void refused(ExchangeLog exchange, Failure failure, String detail) {
    record(exchange.client, failure, exchange.route, exchange.clientCertificate, detail);
  }

  private void record(
      ClientAddress client, Failure failure, String route, String fingerprint, String detail) {
    FailureTable.Row row = FailureTable.of(failure);
    String reason = failure.flag();
    if (row.counted()) {
      metrics.requestRefused(reason);
    }
    switch (row.audit()) {
      case NONE -> {}
      case REQUEST_REFUSED -> audit.record(new AuditEvent.RequestRefused(listener, client, reason));
      case ACCESS_REFUSED ->
          audit.record(
              new AuditEvent.AccessRefused(listener, client, route, reason, detail, fingerprint));
      case AMBIGUOUS_ROUTE ->
          audit.record(new AuditEvent.AmbiguousRoute(listener, client, reason, route, detail));
    }
  }
}
