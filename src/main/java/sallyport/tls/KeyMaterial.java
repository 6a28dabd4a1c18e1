package sallyport.tls;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.config.CertificateConfig;
import sallyport.logging.AuditEvent;
import sallyport.logging.AuditLog;
import sallyport.tls.CertificateInfo.KeyType;
import sallyport.tls.CertificateRules.Role;

/** A chain and its key, read, checked, and fit to be shown. */
record KeyMaterial(
    PrivateKey key, List<X509Certificate> chain, KeyType keyType, CertificateInfo info) {

  /**
   * Reads both files.
   *
   * @param problems takes a line for everything that is wrong
   * @return null when anything is
   */
  static @Nullable KeyMaterial load(
      CertificateConfig config, Role role, AuditLog audit, Clock clock, List<String> problems) {
    final int before = problems.size();
    List<X509Certificate> chain = null;
    PrivateKey key = null;
    try {
      chain = Certificates.readChain(config.chain());
      for (String problem : CertificateRules.problems(chain, role, clock.instant())) {
        problems.add(config.chainLocation().problem(problem));
      }
    } catch (Certificates.UnusableFile unusable) {
      problems.add(config.chainLocation().problem(String.valueOf(unusable.getMessage())));
    }
    try {
      key = Certificates.readKey(config.key());
    } catch (Certificates.UnusableFile unusable) {
      problems.add(config.keyLocation().problem(String.valueOf(unusable.getMessage())));
    }
    if (chain == null || key == null) {
      return null;
    }
    X509Certificate leaf = chain.getFirst();
    String use = role == Role.SERVER ? "server" : "client";
    audit.record(
        new AuditEvent.KeyOpened(
            use,
            config.key().toString(),
            Certificates.describeKey(leaf.getPublicKey()),
            Certificates.fingerprint(leaf)));
    String misfit = CertificateRules.keyProblem(key, leaf);
    if (misfit != null) {
      problems.add(config.keyLocation().problem(misfit + " in '" + config.chain() + "'"));
    }
    if (problems.size() > before) {
      return null;
    }
    return new KeyMaterial(
        key,
        chain,
        Objects.requireNonNull(CertificateRules.keyType(leaf.getPublicKey())),
        CertificateInfo.of(use, leaf, config.chainLocation()));
  }

  X509Certificate[] chainArray() {
    return chain.toArray(X509Certificate[]::new);
  }
}
