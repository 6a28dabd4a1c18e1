package sallyport.config.tls;

import java.nio.file.Path;
import sallyport.config.problem.ConfigLocation;

/** File with the certificates that are refused, one a line; it exists. */
public record DenyListConfig(Path file, ConfigLocation location) {}
