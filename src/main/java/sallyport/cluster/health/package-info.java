/**
 * Health of endpoints by checks: what results say, and when checks are due. Pure Java, no clock.
 *
 * <p>Ways in: {@link sallyport.cluster.health.HealthState}, {@link
 * sallyport.cluster.health.CheckTimes}. Threads: any; states are immutable. Knows nothing of
 * connections and of what becomes of an unhealthy endpoint. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.cluster.health;

import org.jspecify.annotations.NullMarked;
