/**
 * Bounds on the work of one backend: permits, and the budget of retries. Pure Java, no Netty.
 *
 * <p>Way in: {@link sallyport.cluster.limit.Permits}, {@link sallyport.cluster.limit.RetryBudget}.
 * Threads: any; nothing locks. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.cluster.limit;

import org.jspecify.annotations.NullMarked;
