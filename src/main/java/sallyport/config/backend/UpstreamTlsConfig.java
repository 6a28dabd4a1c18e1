package sallyport.config.backend;

import org.jspecify.annotations.Nullable;
import sallyport.config.backend.exception.ExceptionConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.setting.Section;
import sallyport.config.tls.PolicyName;

/**
 * Settings of TLS to a backend. No setting turns TLS or verification off.
 *
 * @param trust who may have issued the backend's certificate
 * @param certificate the gateway's own identity
 * @param serverName the name to verify and to send as SNI; null: the endpoint's host
 * @param peer what else is asked of the backend's certificate
 * @param whenNotAsked what becomes of a backend that does not ask for the gateway's certificate
 * @param exception what it may do beside the policy, for a time; null: nothing
 */
public record UpstreamTlsConfig(
    PolicyName policy,
    @Section("") TrustConfig trust,
    CertificateConfig certificate,
    @Nullable String serverName,
    PeerConfig peer,
    WhenNotAsked whenNotAsked,
    @Nullable ExceptionConfig exception) {
  /** A backend that does not ask for a certificate would be served without mutual TLS. */
  public enum WhenNotAsked {
    /** It gets nothing. */
    REFUSE,
    /** It is used, with a warning. */
    WARN
  }
}
