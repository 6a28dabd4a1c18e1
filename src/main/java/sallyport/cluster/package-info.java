/**
 * Which endpoint of a backend takes the next request, and how that ended: pure Java, no Netty.
 *
 * <p>Way in: {@link sallyport.cluster.Cluster#pick}. Threads: any; the counters are atomic; a
 * {@link sallyport.cluster.Completion} belongs to one exchange. Knows nothing of connections. The
 * ways to choose are in {@code cluster.balance}. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.cluster;

import org.jspecify.annotations.NullMarked;
