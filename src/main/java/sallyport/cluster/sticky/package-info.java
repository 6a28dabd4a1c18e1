/**
 * Names of endpoints that clients keep, which say nothing of them. Pure Java.
 *
 * <p>Threads: any.
 */
@NullMarked
package sallyport.cluster.sticky;

import org.jspecify.annotations.NullMarked;
