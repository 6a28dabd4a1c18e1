/**
 * TCP streams, under TLS or of this machine: the choice of an endpoint, the relay between both
 * connections, and their ends. It knows no HTTP.
 *
 * <p>Entry point: {@link sallyport.stream.StreamConnection}. On the event loop of the client's
 * connection. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.stream;

import org.jspecify.annotations.NullMarked;
