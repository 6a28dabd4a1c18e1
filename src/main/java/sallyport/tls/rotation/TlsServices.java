package sallyport.tls.rotation;

import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.TrustConfig;
import sallyport.credentials.revocation.ocsp.Ocsp;
import sallyport.credentials.revocation.ocsp.Staples;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.observe.metrics.RevocationMetrics;
import sallyport.tls.trust.BackendRules;
import sallyport.tls.trust.StrictTrustManager;

/**
 * Services that TLS of every listener and backend shares, for as long as the gateway runs.
 *
 * @param ocsp asks responders about peers
 * @param staples holds what issuers say of the gateway's certificates
 */
public record TlsServices(
    Ocsp ocsp, Staples staples, GatewayMetrics metrics, AuditLog audit, Clock clock) {
  /**
   * Opens the trust file and the revocation lists by which peers are verified.
   *
   * @param name of the listener or the backend
   * @param rules for backends
   * @param inUse what is in use; its lists are taken over where it has the same authorities, since
   *     they rotate separately; null at the start
   * @param problems takes a line for everything that is wrong
   * @return null where anything is
   */
  public @Nullable StrictTrustManager openTrust(
      Side side,
      String name,
      TrustConfig config,
      BackendRules rules,
      @Nullable StrictTrustManager inUse,
      List<String> problems) {
    return StrictTrustManager.load(
        config, ocsp, revocation(side, name), clock, rules, inUse, problems);
  }

  /** Returns the metrics of the checks whether peers were revoked. */
  RevocationMetrics revocation(Side side, String name) {
    return metrics.revocation(side.peers(), name);
  }
}
