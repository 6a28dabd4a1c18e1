/**
 * Names of endpoints: their addresses, asked for again when the time to live of an answer ends, off
 * the event loops of traffic.
 *
 * <p>Way in: {@link sallyport.net.names.Names}. Threads: one event loop of its own. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.net.names;

import org.jspecify.annotations.NullMarked;
