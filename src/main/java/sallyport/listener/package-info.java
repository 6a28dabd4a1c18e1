/**
 * Listening sockets: bind, accept within the limit, stop accepting, drain.
 *
 * <p>Way in: {@link sallyport.listener.Listener}. Threads: any. Takes any pipeline and knows
 * nothing of what it does. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.listener;

import org.jspecify.annotations.NullMarked;
