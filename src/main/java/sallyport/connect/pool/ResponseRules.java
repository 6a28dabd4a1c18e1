package sallyport.connect.pool;

import java.util.Set;
import sallyport.config.backend.Leniency;

/**
 * Rules for the responses of a backend.
 *
 * @param maxFields that one may have
 * @param lenient the rules that one may break
 */
public record ResponseRules(int maxFields, Set<Leniency> lenient) {}
