/**
 * Loosening of TLS: policies, sessions, client authentication, revocation, and storage of keys.
 *
 * <p>Threads: none of its own; pure functions over two configurations. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.comply.change.tls;

import org.jspecify.annotations.NullMarked;
