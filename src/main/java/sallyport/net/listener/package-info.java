/**
 * Listening sockets: bind, accept within the limits, retire, drain. A listener runs the pipeline of
 * any service and knows no protocol.
 *
 * <p>Entry point: {@link sallyport.net.listener.Listener}. Any thread. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.net.listener;

import org.jspecify.annotations.NullMarked;
