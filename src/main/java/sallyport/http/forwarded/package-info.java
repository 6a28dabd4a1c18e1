/**
 * Fields that the gateway adds to requests: Forwarded (RFC 7239) and its X-Forwarded predecessors,
 * fields with the client's identity, request id and trace context; and those of them that a trusted
 * proxy in front of the gateway has sent.
 *
 * <p>Way in: {@link sallyport.http.forwarded.ForwardedHeaders}. Threads: an object with state
 * belongs to one connection and its event loop. Knows Netty's codec types, no sockets. Imports:
 * {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.http.forwarded;

import org.jspecify.annotations.NullMarked;
