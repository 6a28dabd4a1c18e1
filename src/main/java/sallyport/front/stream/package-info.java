/**
 * Client connections that are TCP streams: their pipelines from the first octet to the relay.
 *
 * <p>Entry points: {@link sallyport.front.stream.StreamPipeline}, {@link
 * sallyport.front.stream.LocalStreamPipeline}, {@link sallyport.front.stream.PassThroughPipeline}.
 * On the event loop of the connection. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.front.stream;

import org.jspecify.annotations.NullMarked;
