package sallyport.config.tls;

import java.nio.file.Path;
import sallyport.config.problem.ConfigLocation;

/** A file that names the certificates that are let in no more, one a line; it exists. */
public record DenyListConfig(Path file, ConfigLocation location) {}
