/**
 * Request heads: method, target, authority and host, and the rules that a sound head keeps (RFC
 * 9110, RFC 9112).
 *
 * <p>Way in: {@link sallyport.http.request.RequestRules}. Threads: stateless. Knows Netty's codec
 * types, no sockets. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.http.request;

import org.jspecify.annotations.NullMarked;
