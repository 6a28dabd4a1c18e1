/**
 * Entrance of every connection, of any protocol: the PROXY protocol header, then the handshake.
 *
 * <p>Way in: {@link sallyport.front.entrance.TlsEntrance}. On the event loop of each connection.
 * Knows no protocol above TLS. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.front.entrance;

import org.jspecify.annotations.NullMarked;
