package sallyport.change;

import sallyport.config.LimitsConfig;
import sallyport.config.RateConfig;

/** What is loosened of a listener's limits. */
final class LimitsWeakening {
  private LimitsWeakening() {}

  static void find(LimitsConfig before, LimitsConfig after, Findings findings) {
    findings.raised("limits.max-connections", before.maxConnections(), after.maxConnections());
    findings.raised("limits.max-request-line", before.maxRequestLine(), after.maxRequestLine());
    findings.raised("limits.max-header", before.maxHeaderBytes(), after.maxHeaderBytes());
    findings.raised("limits.max-fields", before.maxFields(), after.maxFields());
    findings.raised("limits.max-trailer", before.maxTrailerBytes(), after.maxTrailerBytes());
    findings.raised(
        "limits.max-chunk-extension",
        before.maxChunkExtensionBytes(),
        after.maxChunkExtensionBytes());
    findings.raised("limits.max-body", before.maxBodyBytes(), after.maxBodyBytes());
    findings.raised("limits.header-timeout", before.headerTimeout(), after.headerTimeout());
    findings.raised("limits.body-idle-timeout", before.bodyIdleTimeout(), after.bodyIdleTimeout());
    findings.raised(
        "limits.keep-alive-timeout", before.keepAliveTimeout(), after.keepAliveTimeout());
    findings.raised(
        "limits.max-requests-per-connection",
        before.maxRequestsPerConnection(),
        after.maxRequestsPerConnection());
    findings.lowered(
        "limits.min-request-rate", before.pace().minRequestRate(), after.pace().minRequestRate());
    findings.lowered(
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

  private static void rate(String key, RateConfig before, RateConfig after, Findings findings) {
    findings.raisedOrOff(key + ".per-second", before.perSecond(), after.perSecond());
    if (!before.unlimited() && !after.unlimited()) {
      findings.raised(key + ".burst", before.burst(), after.burst());
    }
  }
}
