/**
 * Listening sockets that another process opened: a process before this one, or systemd. They are
 * taken over as they are, with the connections that wait in them.
 *
 * <p>Entry points: {@link sallyport.net.inherit.InheritedSockets} and {@link
 * sallyport.net.inherit.SystemdSockets}. Linux alone. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.net.inherit;

import org.jspecify.annotations.NullMarked;
