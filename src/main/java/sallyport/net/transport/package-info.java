/**
 * What sockets run on: the event loops and channel types of one transport, deadlines on an event
 * loop, and name resolution off it.
 *
 * <p>Way in: {@link sallyport.net.transport.Transport}. Threads: {@code Transport} is built on the
 * starting thread; a {@link sallyport.net.transport.Deadline} belongs to one event loop. Knows
 * nothing of TLS or HTTP. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.net.transport;

import org.jspecify.annotations.NullMarked;
