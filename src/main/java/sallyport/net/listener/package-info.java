/**
 * Listening sockets: bind, accept within the limit, stop accepting, drain.
 *
 * <p>Way in: {@link sallyport.net.listener.Listener}. Threads: any. Takes any pipeline and knows
 * nothing of what it does. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.net.listener;

import org.jspecify.annotations.NullMarked;
