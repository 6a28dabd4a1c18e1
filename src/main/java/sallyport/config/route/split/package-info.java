/**
 * Shares of backends in the requests of a route.
 *
 * <p>Way in: {@link sallyport.config.route.split.SplitReader}. Threads: immutable. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.config.route.split;

import org.jspecify.annotations.NullMarked;
