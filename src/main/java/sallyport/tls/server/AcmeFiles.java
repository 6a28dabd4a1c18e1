package sallyport.tls.server;

import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import sallyport.config.certificate.CertificateConfig;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnusableFile;

/** Files of certificates that an ACME authority issues. */
final class AcmeFiles {
  private AcmeFiles() {}

  /**
   * Whether there is a certificate to serve. An expired one does not count: that is a matter of the
   * authority, not of the configuration. A file that cannot be read counts, and is reported when it
   * is opened.
   */
  static boolean isThere(CertificateConfig.Acme certificate, Clock clock) {
    if (!Sources.exists(certificate.file())) {
      return false;
    }
    try {
      X509Certificate leaf = Certificates.readChain(certificate.file()).getFirst();
      return clock.instant().isBefore(leaf.getNotAfter().toInstant());
    } catch (UnusableFile reportedLater) {
      return true;
    }
  }

  /** Returns names of issued certificates that the configuration does not ask for any more. */
  static Set<String> unwanted(List<CertificateConfig> configured, List<KeyMaterial> inUse) {
    Set<String> unwanted = new HashSet<>();
    Set<String> wanted = new HashSet<>();
    for (CertificateConfig certificate : configured) {
      if (certificate instanceof CertificateConfig.Acme acme) {
        inUse.stream()
            .filter(material -> material.label().equals(acme.label()))
            .forEach(material -> unwanted.addAll(material.info().names()));
        wanted.addAll(acme.names());
      }
    }
    unwanted.removeAll(wanted);
    return unwanted;
  }
}
