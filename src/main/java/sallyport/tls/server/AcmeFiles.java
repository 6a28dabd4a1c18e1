package sallyport.tls.server;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import sallyport.config.certificate.CertificateConfig;
import sallyport.credentials.keys.KeyMaterial;

/** Files of certificates that an ACME authority issues. */
final class AcmeFiles {
  private AcmeFiles() {}

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
