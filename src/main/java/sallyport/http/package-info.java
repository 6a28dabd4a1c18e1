/**
 * HTTP rules and facts that both sides of the gateway share: what one exchange is, how it may fail,
 * what the gateway itself answers, and how header fields change on the way through.
 *
 * <p>Way in: {@link sallyport.observe.access.ExchangeLog}, {@link sallyport.net.Failure}. Threads:
 * an exchange belongs to one event loop; all else is stateless. Knows Netty's codec types, no
 * sockets. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.http;

import org.jspecify.annotations.NullMarked;
