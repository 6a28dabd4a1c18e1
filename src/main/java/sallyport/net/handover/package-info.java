/**
 * Protocol by which a process hands its listening sockets to the next one: messages over a Unix
 * socket, and descriptors beside them (SCM_RIGHTS). Sockets are passed and never bound again, so
 * that no connection that waits in them is lost.
 *
 * <p>Entry point: {@link sallyport.net.handover.Message}. Linux alone. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.net.handover;

import org.jspecify.annotations.NullMarked;
