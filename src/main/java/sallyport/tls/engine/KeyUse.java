package sallyport.tls.engine;

import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.logging.LogRateLimit;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.observe.metrics.SignatureMetrics;

/**
 * Metrics and audit of the use of one private key, from when it was opened.
 *
 * <p>Any thread.
 */
public final class KeyUse {
  private static final Logger LOG = LoggerFactory.getLogger(KeyUse.class);

  private final String use;
  private final KeyMaterial material;
  private final SignatureMetrics metrics;
  private final AuditLog audit;
  private final AtomicBoolean used = new AtomicBoolean();
  private final LogRateLimit lines = new LogRateLimit();

  public KeyUse(String use, KeyMaterial material, GatewayMetrics metrics, AuditLog audit) {
    this.use = use;
    this.material = material;
    this.metrics = metrics.signatures(use, material.label());
    this.audit = audit;
  }

  /** Returns the certificate of the key. */
  public X509Certificate certificate() {
    return material.leaf();
  }

  /** Counts a full handshake, in which a key in memory has signed once. */
  public void fullHandshake() {
    if (material.signer() == null) {
      noteFirst();
      metrics.signed();
    }
  }

  /** Counts a signature of a key that stays in its token. */
  void signed(long nanos) {
    noteFirst();
    metrics.signed(nanos);
  }

  private void noteFirst() {
    if (!used.get() && used.compareAndSet(false, true)) {
      audit.record(new AuditEvent.KeyUsed(use, material.label(), material.info().fingerprint()));
    }
  }

  /** Counts and audits a signature that a token did not make. */
  void refused(String reason, String detail) {
    metrics.refused(reason);
    lines.write(
        leftOut ->
            LOG.warn(
                "a signature ({}) with the key of '{}' was refused, {}: {}{}",
                use,
                material.label(),
                reason,
                detail,
                LogRateLimit.suffix(leftOut)));
    audit.record(
        new AuditEvent.SignatureRefused(
            use, material.label(), material.info().fingerprint(), reason, detail));
  }
}
