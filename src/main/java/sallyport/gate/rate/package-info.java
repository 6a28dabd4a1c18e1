/**
 * Rates of the requests of routes.
 *
 * <p>Way in: {@link sallyport.gate.rate.RouteRates}. Threads: any. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.gate.rate;

import org.jspecify.annotations.NullMarked;
