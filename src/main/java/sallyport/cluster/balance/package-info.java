/**
 * Balancing: which position of a list of endpoints takes an attempt. Pure functions of weights,
 * turns, chance, load and a key; no clock, no endpoint and no request.
 *
 * <p>Ways in: {@link sallyport.cluster.balance.Tier} for attempts, {@link
 * sallyport.cluster.balance.Balancer} for the three ways to choose. Threads: any. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.cluster.balance;

import org.jspecify.annotations.NullMarked;
