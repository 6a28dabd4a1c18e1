/**
 * Copies of safe requests to another backend, whose responses are discarded.
 *
 * <p>Way in: {@link sallyport.proxy.mirror.Mirror}. On the event loop of each request. Imports:
 * {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.proxy.mirror;

import org.jspecify.annotations.NullMarked;
