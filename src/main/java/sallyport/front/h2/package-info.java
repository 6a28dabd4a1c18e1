/**
 * A client's HTTP/2 connection: one handler, and one object for each stream.
 *
 * <p>Way in: {@link sallyport.front.h2.Http2ServerHandler}, {@link
 * sallyport.front.h2.Http2ServerStream}. Threads: the event loop of the connection. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.front.h2;

import org.jspecify.annotations.NullMarked;
