package sallyport.config.certificate;

import java.nio.file.Path;
import sallyport.config.problem.ConfigLocation;

/** File with certificate revocation lists, PEM or DER; it exists. */
public record CrlConfig(Path file, ConfigLocation location) {}
