package sallyport.config;

import java.nio.file.Path;

/** A file with certificate revocation lists, PEM or DER; it exists. */
public record CrlConfig(Path file, ConfigLocation location) {}
