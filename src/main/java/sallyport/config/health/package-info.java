/**
 * Settings of the health checks of a backend.
 *
 * <p>Way in: {@link sallyport.config.health.HealthReader}.
 */
@NullMarked
package sallyport.config.health;

import org.jspecify.annotations.NullMarked;
