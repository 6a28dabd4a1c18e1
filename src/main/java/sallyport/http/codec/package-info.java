/**
 * Octets and frames to HTTP messages and back, strictly: all readers of a message read the same
 * message (RFC 9112, RFC 9113 section 8). This package has the rules of fields and framing that
 * both versions share; {@code h1} and {@code h2} have the codecs.
 *
 * <p>Way in: {@link sallyport.http.codec.h1.Http1ServerCodec} and {@link
 * sallyport.http.codec.h2.ServerStreamCodec} face clients, {@link
 * sallyport.http.codec.h1.ResponseDecoder} and {@link sallyport.http.codec.h2.ClientStreamCodec}
 * face backends. An invalid message arrives with a {@link sallyport.http.codec.MalformedMessage} as
 * its decoder result; nothing follows it. Threads: one object a connection or a stream, on its
 * event loop. Knows no routes, no timeouts, no sockets. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.http.codec;

import org.jspecify.annotations.NullMarked;
