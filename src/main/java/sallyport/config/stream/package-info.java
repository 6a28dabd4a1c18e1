/**
 * Settings of listeners that forward TCP streams: where to, and for how long.
 *
 * <p>Way in: {@link sallyport.config.stream.StreamReader}.
 */
@NullMarked
package sallyport.config.stream;

import org.jspecify.annotations.NullMarked;
