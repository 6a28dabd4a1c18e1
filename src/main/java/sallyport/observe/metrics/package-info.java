/**
 * The only builder of meters. Each is made once, at start or at its first use off the data path, so
 * that the data path only adds. Tags come from configuration or from enums, never from a client.
 *
 * <p>Way in: {@link sallyport.observe.metrics.GatewayMetrics}. Threads: any. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.observe.metrics;

import org.jspecify.annotations.NullMarked;
