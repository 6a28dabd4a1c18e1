/**
 * The client of an exchange: a request stream over HTTP/1 or HTTP/2, and the connections to
 * backends that belong to its connection.
 *
 * <p>Way in: {@link sallyport.proxy.stream.HttpStream}, which {@code front.h1} and {@code front.h2}
 * implement. Threads: the event loop of the client's connection. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.proxy.stream;

import org.jspecify.annotations.NullMarked;
