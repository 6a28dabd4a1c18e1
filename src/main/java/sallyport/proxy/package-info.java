/**
 * One exchange in both directions: from the head of a request to the end of its response.
 *
 * <p>Way in: {@link sallyport.proxy.RequestIntake}, which {@link
 * sallyport.front.h1.Http1ServerConnection} and {@link sallyport.front.h2.Http2ServerStream} call
 * with the head of each request. Threads: all state belongs to the event loop of the client's
 * connection. Knows neither TLS nor how connections are accepted. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.proxy;

import org.jspecify.annotations.NullMarked;
