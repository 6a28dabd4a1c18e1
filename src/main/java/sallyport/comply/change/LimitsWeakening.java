package sallyport.comply.change;

import sallyport.config.listener.LimitsConfig;
import sallyport.config.listener.RateConfig;

/**
 * What is loosened of a listener's limits: of those against floods and slow clients. How much of
 * the work of all clients fits, max-connections and max-body, is none of these (decision 42).
 */
final class LimitsWeakening {
  private LimitsWeakening() {}

  static void find(LimitsConfig before, LimitsConfig after, WeakeningList findings) {
    findings.raisedBytes(
        "limits.max-request-line", before.maxRequestLine(), after.maxRequestLine());
    findings.raisedBytes("limits.max-header", before.maxHeaderBytes(), after.maxHeaderBytes());
    findings.raised("limits.max-fields", before.maxFields(), after.maxFields());
    findings.raisedBytes("limits.max-trailer", before.maxTrailerBytes(), after.maxTrailerBytes());
    findings.raisedBytes(
        "limits.max-chunk-extension",
        before.maxChunkExtensionBytes(),
        after.maxChunkExtensionBytes());
    findings.raised("limits.header-timeout", before.headerTimeout(), after.headerTimeout());
    findings.raised("limits.body-idle-timeout", before.bodyIdleTimeout(), after.bodyIdleTimeout());
    findings.raised(
        "limits.half-closed-timeout", before.halfClosedTimeout(), after.halfClosedTimeout());
    findings.raised(
        "limits.keep-alive-timeout", before.keepAliveTimeout(), after.keepAliveTimeout());
    findings.loweredBytes(
        "limits.min-request-rate", before.pace().minRequestRate(), after.pace().minRequestRate());
    findings.loweredBytes(
        "limits.min-response-rate",
        before.pace().minResponseRate(),
        after.pace().minResponseRate());
    findings.raised("limits.rate-window", before.pace().window(), after.pace().window());
    rate("limits.new-connections", before.newConnections(), after.newConnections(), findings);
    findings.raised(
        "limits.per-source.max-connections",
        before.perSource().maxConnections(),
        after.perSource().maxConnections());
    rate(
        "limits.per-source.new-connections",
        before.perSource().newConnections(),
        after.perSource().newConnections(),
        findings);
  }

  private static void rate(
      String key, RateConfig before, RateConfig after, WeakeningList findings) {
    findings.raisedOrOff(key + ".per-second", before.perSecond(), after.perSecond());
    if (!before.unlimited() && !after.unlimited()) {
      findings.raised(key + ".burst", before.burst(), after.burst());
    }
  }
}
