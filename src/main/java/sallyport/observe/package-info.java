/** Observers of connections and exchanges. What they need of others are plain values. */
@NullMarked
package sallyport.observe;

import org.jspecify.annotations.NullMarked;
