/**
 * Codecs of HTTP/1.1 (RFC 9112): decoders and encoders of requests and responses.
 *
 * <p>Way in: {@link sallyport.http.codec.h1.Http1ServerCodec} faces clients, {@link
 * sallyport.http.codec.h1.ResponseDecoder} and {@link sallyport.http.codec.h1.RequestEncoder} face
 * backends. Threads: one object a connection, on its event loop. Knows no routes, no timeouts, no
 * sockets. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.http.codec.h1;

import org.jspecify.annotations.NullMarked;
