/**
 * Ejection of endpoints that requests find unusable: pure Java, with a clock from outside.
 *
 * <p>Way in: {@link sallyport.cluster.ejection.EndpointEjection}. Threads: any, without locks;
 * states are immutable and replaced as a whole. Knows nothing of balancing and connections.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.cluster.ejection;

import org.jspecify.annotations.NullMarked;
