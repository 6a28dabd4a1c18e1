/**
 * Settings of the rate of a route.
 *
 * <p>Threads: immutable. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.config.route.rate;

import org.jspecify.annotations.NullMarked;
