/**
 * HTTP rules and facts that both sides of the gateway share: what a sound request is, what follows
 * from a failure, and how header fields change on the way through.
 *
 * <p>Way in: {@link sallyport.http.RequestRules}, {@link sallyport.http.FailureTable}. Threads:
 * stateless but for {@link sallyport.http.ForwardedHeaders}, which belongs to a connection. Knows
 * Netty's codec types, no sockets. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.http;

import org.jspecify.annotations.NullMarked;
