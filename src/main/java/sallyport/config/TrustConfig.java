package sallyport.config;

import java.nio.file.Path;

/** A PEM file with the certificates of the authorities that are trusted; it exists. */
public record TrustConfig(Path file, ConfigLocation location) {}
