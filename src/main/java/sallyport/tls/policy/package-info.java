/**
 * TLS policies as data, contexts under a policy, and what was negotiated.
 *
 * <p>Way in: {@link sallyport.tls.policy.TlsPolicy}. Immutable; any thread.
 */
@NullMarked
package sallyport.tls.policy;

import org.jspecify.annotations.NullMarked;
