/**
 * Request streams to the endpoints of one backend. {@link sallyport.connect.UpstreamClient} is the
 * way in and composes the rooms below: {@code dial} and {@code security} open connections, {@code
 * endpoint} observes endpoints, {@code pool} keeps connections, {@code HttpOpening} sets up HTTP on
 * them. Requests are sent on a {@link sallyport.connect.stream.ClientStream}; responses arrive at a
 * {@link sallyport.connect.stream.ResponseListener}.
 *
 * <p>Threads: every connection and every pool belongs to one event loop, that of the client
 * connection it serves; no locks. Does not choose endpoints (see {@code cluster}) and knows nothing
 * of clients. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.connect;

import org.jspecify.annotations.NullMarked;
