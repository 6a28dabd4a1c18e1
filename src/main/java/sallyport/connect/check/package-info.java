/**
 * Health checks of endpoints over the way that requests take: the same dialer, security and
 * protocol, on connections of their own.
 *
 * <p>Way in: {@link sallyport.connect.check.HealthChecks}. Threads: the checks of an endpoint on
 * one event loop. Decides nothing: {@code cluster.health} does. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.connect.check;

import org.jspecify.annotations.NullMarked;
