/**
 * Bytes and frames to HTTP messages and back, so strictly that no two readers can take one message
 * for two different ones (RFC 9112, RFC 9113 section 8).
 *
 * <p>Way in: {@link sallyport.http.codec.Http1ServerCodec} and {@link
 * sallyport.http.codec.h2.ServerStreamCodec} face clients, {@link
 * sallyport.http.codec.ResponseDecoder} and {@link sallyport.http.codec.h2.ClientStreamCodec} face
 * backends. What is not sound arrives as a message whose decoder result is a {@link
 * sallyport.http.codec.MalformedMessage}; nothing follows it. Threads: one object a connection or a
 * stream, on its event loop. Knows no routes, no timeouts, no sockets. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.http.codec;

import org.jspecify.annotations.NullMarked;
