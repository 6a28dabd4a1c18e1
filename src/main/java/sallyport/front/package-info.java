/**
 * One client connection: its pipeline from the first octet to the handler that answers, in the
 * order of the data. It does not know how connections are accepted.
 *
 * <p>Entry points: {@link sallyport.front.TlsPipeline}, {@link sallyport.front.LocalPipeline},
 * {@link sallyport.front.PlainPipeline}. On the event loop of the connection. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.front;

import org.jspecify.annotations.NullMarked;
