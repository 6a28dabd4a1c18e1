/** Plain values of configuration and logs: addresses, networks, durations, sizes. */
@NullMarked
package sallyport.values;

import org.jspecify.annotations.NullMarked;
