/**
 * One client connection: its pipeline from the first byte to the handler that answers, in the order
 * in which bytes meet the handlers.
 *
 * <p>Way in: {@link sallyport.front.TlsPipeline}, {@link sallyport.front.PlainPipeline}. Threads:
 * the event loop of the connection. Does not know how connections are accepted. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.front;

import org.jspecify.annotations.NullMarked;
