/**
 * Reasons why handshakes fail: of clients, of backends, and of certificates that are refused.
 *
 * <p>Immutable; any thread.
 */
@NullMarked
package sallyport.tls.failure;

import org.jspecify.annotations.NullMarked;
