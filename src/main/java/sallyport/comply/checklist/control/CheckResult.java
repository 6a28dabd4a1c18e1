package sallyport.comply.checklist.control;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sallyport.config.GatewayConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.trust.TrustFile.LeftOut;
import sallyport.logging.setup.LogSetup;

/**
 * A configuration and the state of everything that it names.
 *
 * @param held every certificate, in chains and in trust files
 * @param leftOut what of trust files is not relied on
 * @param awaited by TLS listener, the names whose certificates have yet to be issued
 * @param stapled by TLS listener and fingerprint, the certificates that an answer of their issuer
 *     is shown with, and whether clients refuse them without
 * @param endedLists by {@code listeners.NAME} and {@code backends.NAME}, the revocation lists that
 *     are not current, for people
 * @param publiclyIssued by fingerprint, of certificates for backends, the root of the public
 *     authority that issued them
 * @param auditLog how the logging system writes audit lines
 * @param accessLog how it writes access lines
 * @param now when that was
 */
public record CheckResult(
    GatewayConfig config,
    List<HeldCertificate> held,
    List<LeftOut> leftOut,
    Map<String, Set<String>> awaited,
    Map<String, Map<String, Boolean>> stapled,
    Map<String, List<String>> endedLists,
    Map<String, String> publiclyIssued,
    LogSetup auditLog,
    LogSetup accessLog,
    Instant now) {

  public List<TlsListenerConfig> tlsListeners() {
    return config.tlsListeners();
  }

  /** Returns the certificates of the gateway, for clients and for backends. */
  public List<CertificateConfig> certificates() {
    return config.certificates();
  }

  /** A part of the configuration that stands at no line of its own. */
  public ConfigLocation at(String path) {
    return new ConfigLocation(config.source(), 0, path);
  }
}
