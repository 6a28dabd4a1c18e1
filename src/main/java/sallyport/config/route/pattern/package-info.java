/**
 * Patterns over the paths of requests, and texts that take groups of what they match.
 *
 * <p>Way in: {@link sallyport.config.route.pattern.PathPatternReader}. Threads: immutable. The only
 * room that uses RE2/J. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.config.route.pattern;

import org.jspecify.annotations.NullMarked;
