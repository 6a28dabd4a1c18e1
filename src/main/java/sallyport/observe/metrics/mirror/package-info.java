/**
 * Meters of copies of requests.
 *
 * <p>Way in: {@link sallyport.observe.metrics.mirror.MirrorMetrics}. Any thread. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.observe.metrics.mirror;

import org.jspecify.annotations.NullMarked;
