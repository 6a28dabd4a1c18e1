/**
 * Conditions of routes beside host and path.
 *
 * <p>Threads: immutable. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.config.route.match;

import org.jspecify.annotations.NullMarked;
