/**
 * Bytes and frames to HTTP messages and back, so strictly that no two readers can take one message
 * for two different ones (RFC 9112, RFC 9113 section 8).
 *
 * <p>Way in: {@link sallyport.codec.Http1ServerCodec} and {@link sallyport.codec.ServerStreamCodec}
 * face clients, {@link sallyport.codec.ResponseDecoder} and {@link
 * sallyport.codec.ClientStreamCodec} face backends. What is not sound arrives as a message whose
 * decoder result is a {@link sallyport.codec.MalformedMessage}; nothing follows it. Threads: one
 * object a connection or a stream, on its event loop. Knows no routes, no timeouts, no sockets.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.codec;

import org.jspecify.annotations.NullMarked;
