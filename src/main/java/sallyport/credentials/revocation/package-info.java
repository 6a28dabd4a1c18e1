/**
 * Whether certificates were revoked (RFC 5280 section 6.3).
 *
 * <p>Way in: {@link sallyport.credentials.revocation.Revocation}. Threads: lists are read on the
 * thread that starts or reloads the gateway, and looked at from any. Knows nothing of connections.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.credentials.revocation;

import org.jspecify.annotations.NullMarked;
