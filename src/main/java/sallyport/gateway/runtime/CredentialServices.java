package sallyport.gateway.runtime;

import java.time.Clock;
import java.util.function.Function;
import java.util.function.Supplier;
import sallyport.config.GatewayConfig;
import sallyport.credentials.acme.Acme;
import sallyport.credentials.acme.CertificateInstaller;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.revocation.ocsp.Ocsp;
import sallyport.credentials.revocation.ocsp.Staples;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.tls.challenge.Challenges;
import sallyport.tls.rotation.TlsServices;

/**
 * Services for opening certificates and keys: one set for the life of a gateway, or for one check
 * of a configuration. Any thread.
 *
 * @param keys opener with the settings of the first configuration; each later one has its own view
 */
public record CredentialServices(
    GatewayMetrics metrics,
    AuditLog audit,
    Clock clock,
    KeyOpener keys,
    Ocsp ocsp,
    Staples staples,
    Challenges challenges,
    Acme acme)
    implements AutoCloseable {

  /**
   * Creates the services. Opens no file and asks no authority or responder.
   *
   * @param installer makes the installer of issued certificates from the challenges of all
   *     listeners
   * @param inUse makes the supplier of the key opener in use from the first one
   */
  public static CredentialServices create(
      GatewayConfig config,
      GatewayMetrics metrics,
      AuditLog audit,
      Clock clock,
      Function<Challenges, CertificateInstaller> installer,
      Function<KeyOpener, Supplier<KeyOpener>> inUse) {
    KeyOpener keys = new KeyOpener(config.keys(), audit, clock);
    Ocsp ocsp = new Ocsp(clock);
    Staples staples = new Staples(ocsp, metrics, audit, clock);
    Challenges challenges = new Challenges();
    Acme acme =
        new Acme(
            config.issued(), installer.apply(challenges), inUse.apply(keys), metrics, audit, clock);
    challenges.lookBy(acme::lookForName);
    return new CredentialServices(metrics, audit, clock, keys, ocsp, staples, challenges, acme);
  }

  /** Returns the services for TLS of listeners and backends. */
  TlsServices tls() {
    return new TlsServices(ocsp, staples, metrics, audit, clock);
  }

  /** Stops the issuance of certificates, which uses all other services. */
  public void stopIssuance() {
    acme.close();
  }

  /** Stops the requests to responders and the opener of keys. Contexts stay usable. */
  public void stop() {
    staples.close();
    ocsp.close();
    keys.close();
  }

  /** Frees the contexts of challenges and ends the metrics, once no connection is open. */
  @Override
  public void close() {
    challenges.close();
    metrics.close();
  }
}
