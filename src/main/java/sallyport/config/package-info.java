/**
 * Reads HOCON files into immutable records and reports everything that is wrong with them at once.
 *
 * <p>Way in: {@link sallyport.config.GatewayConfig#load}. Threads: none of its own; every value is
 * immutable. The only user of {@code com.typesafe.config}. Does not open certificates or sockets.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.config;

import org.jspecify.annotations.NullMarked;
