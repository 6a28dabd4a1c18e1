/**
 * The whole configuration: HOCON files, read into immutable records, with all problems at once.
 *
 * <p>Way in: {@link sallyport.config.GatewayConfig#load}. Threads: none of its own; every value is
 * immutable. The only user of {@code com.typesafe.config}. Does not open certificates or sockets.
 * One room for each aggregate has its records and their reader; this package puts them together.
 */
@NullMarked
package sallyport.config;

import org.jspecify.annotations.NullMarked;
