/**
 * Mutual TLS to a backend: the gateway's certificate, verification of the backend, resumption, and
 * rotation.
 *
 * <p>Way in: {@link sallyport.tls.upstream.UpstreamTls}. Any thread unless a type says otherwise.
 */
@NullMarked
package sallyport.tls.upstream;

import org.jspecify.annotations.NullMarked;
