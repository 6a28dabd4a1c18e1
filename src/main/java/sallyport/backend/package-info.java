/**
 * Which endpoint of a backend takes the next request: pure Java, no Netty.
 *
 * <p>Way in: {@link sallyport.backend.Backend#select}. Threads: any; the counters are atomic. Knows
 * nothing of connections. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.backend;

import org.jspecify.annotations.NullMarked;
