/**
 * Settings of backends: endpoints, TLS to them, pools, lenience.
 *
 * <p>Way in: {@link sallyport.config.backend.BackendReader}.
 */
@NullMarked
package sallyport.config.backend;

import org.jspecify.annotations.NullMarked;
