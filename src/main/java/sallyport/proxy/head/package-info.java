/**
 * Heads of an exchange in both directions: what the backend gets of a request, and the client of a
 * response.
 *
 * <p>Way in: {@link sallyport.proxy.head.RequestHead}, {@link sallyport.proxy.head.ResponseHead}.
 * Threads: stateless; a head belongs to one event loop. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.proxy.head;

import org.jspecify.annotations.NullMarked;
