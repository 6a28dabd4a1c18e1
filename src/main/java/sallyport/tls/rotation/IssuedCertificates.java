package sallyport.tls.rotation;

import java.security.cert.X509Certificate;
import java.time.Clock;
import sallyport.config.certificate.CertificateConfig;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnusableFile;

/** Files of certificates that an ACME authority issues. */
public final class IssuedCertificates {
  private IssuedCertificates() {}

  /**
   * Returns whether there is a certificate to show. An expired one does not count: that is a matter
   * of the authority, not of the configuration. A file that cannot be read counts, and is reported
   * when it is opened. One that is not issued by an authority is there.
   */
  public static boolean isThere(CertificateConfig certificate, Clock clock) {
    if (!(certificate instanceof CertificateConfig.Acme acme)) {
      return true;
    }
    if (!Sources.exists(acme.file())) {
      return false;
    }
    try {
      X509Certificate leaf = Certificates.readChain(acme.file()).getFirst();
      return clock.instant().isBefore(leaf.getNotAfter().toInstant());
    } catch (UnusableFile reportedLater) {
      return true;
    }
  }
}
