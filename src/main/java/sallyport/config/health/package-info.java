/**
 * Settings of the health checks of a backend, and of readiness.
 *
 * <p>Way in: {@link sallyport.config.health.HealthReader}, {@link
 * sallyport.config.health.ReadinessConfig}.
 */
@NullMarked
package sallyport.config.health;

import org.jspecify.annotations.NullMarked;
