/**
 * The composition root: builds every part in the order in which data flows, starts and stops them.
 *
 * <p>Way in: {@link sallyport.gateway.Gateway#start}. Threads: start and stop run on the caller's
 * thread and wait; the parts run on event loops. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.gateway;

import org.jspecify.annotations.NullMarked;
