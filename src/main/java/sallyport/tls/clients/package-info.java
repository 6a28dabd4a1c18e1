/**
 * Clients of a listener with certificates: which are accepted, which are denied, and what backends
 * are told of them.
 *
 * <p>Way in: {@link sallyport.tls.clients.ClientCheck}. Any thread unless a type says otherwise.
 */
@NullMarked
package sallyport.tls.clients;

import org.jspecify.annotations.NullMarked;
