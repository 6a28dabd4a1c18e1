/**
 * One exchange in both directions: from the head of a request to the end of its response.
 *
 * <p>Way in: {@link sallyport.front.h1.Http1ServerConnection}, the last handler of an HTTP/1
 * connection and of each HTTP/2 stream alike. Threads: all state belongs to the event loop of the
 * client connection. Knows neither TLS nor how connections are accepted. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.proxy;

import org.jspecify.annotations.NullMarked;
