/**
 * Endpoints of one backend: their addresses, and the meters, log lines and audit events of
 * connections to them.
 *
 * <p>Way in: {@link sallyport.connect.endpoint.EndpointObserver}, {@link
 * sallyport.connect.endpoint.Addresses}. Threads: any. Opens nothing. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.connect.endpoint;

import org.jspecify.annotations.NullMarked;
