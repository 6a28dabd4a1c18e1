/**
 * Addresses with ports and names of peers, as values and as they are read.
 *
 * <p>Way in: {@link sallyport.config.address.Addresses}.
 */
@NullMarked
package sallyport.config.address;

import org.jspecify.annotations.NullMarked;
