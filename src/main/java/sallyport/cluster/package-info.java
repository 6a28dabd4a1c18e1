/**
 * Which endpoint of a backend takes the next request: pure Java, no Netty.
 *
 * <p>Way in: {@link sallyport.cluster.Backend#select}. Threads: any; the counters are atomic. Knows
 * nothing of connections. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.cluster;

import org.jspecify.annotations.NullMarked;
