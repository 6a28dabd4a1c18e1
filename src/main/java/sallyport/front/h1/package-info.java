/**
 * A client's HTTP/1 connection: its requests one after the other, and their timeouts.
 *
 * <p>Way in: {@link sallyport.front.h1.Http1ServerConnection}. Threads: the event loop of the
 * connection. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.front.h1;

import org.jspecify.annotations.NullMarked;
