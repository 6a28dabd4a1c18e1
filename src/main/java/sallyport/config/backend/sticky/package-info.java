/**
 * Settings of sticky sessions.
 *
 * <p>Threads: any.
 */
@NullMarked
package sallyport.config.backend.sticky;

import org.jspecify.annotations.NullMarked;
