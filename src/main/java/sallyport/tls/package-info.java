/**
 * TLS on both sides: the policies as data, certificates and keys checked before use, server
 * contexts chosen by ClientHello, client contexts for mutual TLS to backends, and the check of what
 * was negotiated.
 *
 * <p>Way in: {@link sallyport.tls.ServerTls}, {@link sallyport.tls.UpstreamTls}. Threads: built
 * once on the starting thread, immutable after; handlers belong to their connection's event loop.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.tls;

import org.jspecify.annotations.NullMarked;
