/**
 * Meters of TCP streams.
 *
 * <p>Way in: {@link sallyport.observe.metrics.stream.StreamMetrics}. Any thread.
 */
@NullMarked
package sallyport.observe.metrics.stream;

import org.jspecify.annotations.NullMarked;
