/**
 * Reaches one endpoint. {@link sallyport.connect.UpstreamClient}, the way in, composes the rest:
 * {@code Connector} opens and secures connections, {@code pool} keeps them, {@code HttpOpening}
 * puts HTTP on them, {@code EndpointObserver} tells of them. Requests go out on a {@link
 * sallyport.connect.stream.ClientStream}, and what comes back goes to a {@link
 * sallyport.connect.stream.ResponseListener}.
 *
 * <p>Threads: every connection and every pool belongs to one event loop, that of the client
 * connection it serves; no locks. Does not choose endpoints (see {@code cluster}) and knows nothing
 * of clients. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.connect;

import org.jspecify.annotations.NullMarked;
