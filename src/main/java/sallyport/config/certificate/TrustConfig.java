package sallyport.config.certificate;

import java.nio.file.Path;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.setting.Section;

/**
 * Trusted authorities.
 *
 * @param file PEM, with the certificates of the authorities that are trusted; it exists
 * @param revocation what they have revoked
 */
public record TrustConfig(
    Path file, ConfigLocation location, @Section("revocation") RevocationConfig revocation) {
  /** Trusts authorities without any check of revocation. */
  public TrustConfig(Path file, ConfigLocation location) {
    this(file, location, RevocationConfig.NONE);
  }
}
