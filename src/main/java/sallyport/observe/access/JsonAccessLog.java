package sallyport.observe.access;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.logging.Log;
import sallyport.logging.json.JsonLine;
import sallyport.observe.Reason;

/**
 * Access log of one JSON line an exchange or a stream, through the logger {@code sallyport.access}.
 * Any thread; no locks.
 */
final class JsonAccessLog implements AccessLog {
  private static final Logger LOG = LoggerFactory.getLogger(Log.ACCESS.logger());

  private final boolean withQuery;
  private final boolean withSubject;

  JsonAccessLog(boolean withQuery, boolean withSubject) {
    this.withQuery = withQuery;
    this.withSubject = withSubject;
  }

  @Override
  public void record(ExchangeLog exchange) {
    if (!LOG.isInfoEnabled()) {
      return;
    }
    Reason failure = exchange.failure;
    Reason fault = exchange.responseFault;
    JsonLine line =
        new JsonLine()
            .plain("log", "access")
            .time("time", System.currentTimeMillis())
            .plain("id", exchange.requestId)
            .plain("trace_id", exchange.traceId)
            .field("listener", exchange.listener)
            .field("client", exchange.client.text())
            .field("proxy", exchange.client.proxyText())
            .plain("protocol", exchange.protocol)
            .field("method", exchange.method)
            .field("host", exchange.host)
            .field("path", exchange.path)
            .field("query", withQuery ? exchange.query : null)
            .field("status", exchange.status)
            .field("failure", failure == null ? null : failure.flag())
            .field("reason", fault == null ? null : fault.flag())
            .field("route", exchange.route)
            .field("backend", exchange.backend)
            .field("endpoint", exchange.endpoint)
            .field("address", exchange.address)
            .field("request_bytes", exchange.requestBytes)
            .field("response_bytes", exchange.responseBytes)
            .millis("duration_ms", exchange.endNanos - exchange.startNanos);
    if (!exchange.setting.isEmpty()) {
      line.field("setting", exchange.setting);
    }
    if (exchange.pinned) {
      line.field("connection", "pinned");
    }
    if (exchange.attempts > 0) {
      line.field("attempts", exchange.attempts);
    }
    if (exchange.responseHeadNanos != 0) {
      line.millis("upstream_ms", exchange.responseHeadNanos - exchange.startNanos);
    }
    line.plain("tls_version", exchange.tlsVersion)
        .plain("tls_cipher", exchange.tlsCipher)
        .plain("tls_group", exchange.tlsGroup)
        .plain("client_certificate", exchange.clientCertificate)
        .field("client_subject", withSubject ? exchange.clientSubject : null);
    LOG.info(line.end());
  }

  @Override
  public void record(StreamLog stream) {
    if (!LOG.isInfoEnabled()) {
      return;
    }
    Reason end = stream.end;
    Reason failure = stream.failure;
    JsonLine line =
        new JsonLine()
            .plain("log", "access")
            .time("time", System.currentTimeMillis())
            .field("listener", stream.listener)
            .field("client", stream.client.text())
            .field("proxy", stream.client.proxyText())
            .plain("protocol", "TCP")
            .field("host", stream.host)
            .field("ended", end == null ? null : end.flag())
            .field("failure", failure == null ? null : failure.flag())
            .field("backend", stream.backend)
            .field("endpoint", stream.endpoint)
            .field("address", stream.address)
            .field("bytes_in", stream.bytesIn)
            .field("bytes_out", stream.bytesOut)
            .millis("duration_ms", stream.endNanos - stream.startNanos);
    if (stream.attempts > 0) {
      line.field("attempts", stream.attempts);
    }
    if (stream.connectedNanos != 0) {
      line.millis("upstream_ms", stream.connectedNanos - stream.startNanos);
    }
    line.plain("tls_version", stream.tlsVersion)
        .plain("tls_cipher", stream.tlsCipher)
        .plain("tls_group", stream.tlsGroup)
        .plain("tls_offered", stream.tlsOffered)
        .plain("upstream_tls_version", stream.upstreamTlsVersion)
        .plain("upstream_tls_cipher", stream.upstreamTlsCipher)
        .plain("upstream_tls_group", stream.upstreamTlsGroup)
        .plain("client_certificate", stream.clientCertificate)
        .field("client_subject", withSubject ? stream.clientSubject : null);
    LOG.info(line.end());
  }
}
