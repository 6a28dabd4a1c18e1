/**
 * Reaches one endpoint: pools, opens and secures connections, sends requests on them and hands what
 * comes back to a {@link sallyport.connect.stream.ResponseListener}.
 *
 * <p>Way in: {@link sallyport.connect.UpstreamClient}. Threads: every connection and every pool
 * belongs to one event loop, that of the client connection it serves; no locks. Does not choose
 * endpoints (see {@code backend}) and knows nothing of clients. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.connect;

import org.jspecify.annotations.NullMarked;
