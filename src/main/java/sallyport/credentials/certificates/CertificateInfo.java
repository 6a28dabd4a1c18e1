package sallyport.credentials.certificates;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import sallyport.config.problem.ConfigLocation;

/**
 * Description of a certificate that the gateway uses, for people and for audits; never of its key.
 * Immutable.
 *
 * @param use {@code server}, {@code client} or {@code trust}
 * @param names DNS names and addresses that it is for
 * @param key such as {@code EC P-256} or {@code RSA 2048}
 * @param fingerprint SHA-256 of the certificate, hex
 * @param location where the configuration names it
 */
public record CertificateInfo(
    String use,
    String subject,
    List<String> names,
    String serial,
    String fingerprint,
    Instant notBefore,
    Instant notAfter,
    String key,
    String signature,
    ConfigLocation location) {
  /** The longest warning is at most one of so many shares of a lifetime. */
  private static final int SHARES = 4;

  /** Returns the whole days until its end, where half a day ago is a day less than none. */
  public long daysLeft(Instant now) {
    return Math.floorDiv(
        Duration.between(now, notAfter).toSeconds(), Duration.ofDays(1).toSeconds());
  }

  /**
   * Returns how long before its end to warn of it. Where the longest of the configured times is
   * more than a quarter of its lifetime, that quarter takes its place and the others are shortened
   * as much: otherwise a certificate that is issued for a few days and renewed automatically would
   * be warned of all the time.
   *
   * @param configured the longest first
   */
  public List<Duration> warnings(List<Duration> configured) {
    Duration most = Duration.between(notBefore, notAfter).dividedBy(SHARES);
    if (configured.isEmpty() || configured.getFirst().compareTo(most) <= 0) {
      return configured;
    }
    double factor = (double) most.toSeconds() / configured.getFirst().toSeconds();
    return configured.stream()
        .map(warning -> Duration.ofSeconds((long) (warning.toSeconds() * factor)))
        .toList();
  }

  public static CertificateInfo of(
      String use, X509Certificate certificate, ConfigLocation location) {
    return new CertificateInfo(
        use,
        certificate.getSubjectX500Principal().getName(),
        Certificates.names(certificate),
        certificate.getSerialNumber().toString(16),
        Certificates.fingerprint(certificate),
        certificate.getNotBefore().toInstant(),
        certificate.getNotAfter().toInstant(),
        Certificates.describeKey(certificate.getPublicKey()),
        certificate.getSigAlgName(),
        location);
  }
}
