/**
 * Connections to one endpoint, from one event loop: which exchange gets which, and which waits.
 * Every call must run on that loop.
 */
@NullMarked
package sallyport.connect.pool;

import org.jspecify.annotations.NullMarked;
