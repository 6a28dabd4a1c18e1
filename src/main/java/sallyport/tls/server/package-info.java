/**
 * TLS of a listener: certificates by name, the handshake from the first message to the verified
 * client, and rotation.
 *
 * <p>Way in: {@link sallyport.tls.server.ServerTls}; out of it comes {@link
 * sallyport.tls.server.TlsInfo}. Handlers belong to the event loop of their connection.
 */
@NullMarked
package sallyport.tls.server;

import org.jspecify.annotations.NullMarked;
