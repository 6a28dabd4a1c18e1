package sallyport.credentials.revocation.crl;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CRL;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.util.ArrayList;
import java.util.List;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnusableFile;

/** Reader of revocation lists: one in DER, or any number in PEM. */
final class CrlFile {
  /** Limit of size; the largest published lists have some ten megabytes. */
  private static final long MAX_BYTES = 64L * 1024 * 1024;

  private CrlFile() {}

  /**
   * @return at least one
   * @throws UnusableFile when there is none, or one that cannot be used
   */
  static List<Crl> read(Path file) throws UnusableFile {
    List<Crl> crls = new ArrayList<>();
    for (CRL each : parse(file)) {
      if (each instanceof X509CRL crl) {
        try {
          crls.add(Crl.of(crl));
        } catch (UnusableFile unusable) {
          throw new UnusableFile(
              "'%s': the CRL of %s %s"
                  .formatted(file, crl.getIssuerX500Principal().getName(), unusable.getMessage()));
        }
      }
    }
    if (crls.isEmpty()) {
      throw notOne(file);
    }
    return crls;
  }

  private static Iterable<? extends CRL> parse(Path file) throws UnusableFile {
    try {
      return CertificateFactory.getInstance("X.509")
          .generateCRLs(new ByteArrayInputStream(Sources.bytes(file, MAX_BYTES)));
    } catch (IOException | CRLException | CertificateException | RuntimeException e) {
      throw notOne(file);
    }
  }

  private static UnusableFile notOne(Path file) {
    return new UnusableFile("'" + file + "' is not a file with CRLs, PEM or DER");
  }
}
