/**
 * OCSP (RFC 6960): answers about peers' certificates, and staples for the gateway's own.
 *
 * <p>Way in: {@link sallyport.credentials.revocation.ocsp.Ocsp}, {@link
 * sallyport.credentials.revocation.ocsp.Staples}. Any thread.
 */
@NullMarked
package sallyport.credentials.revocation.ocsp;

import org.jspecify.annotations.NullMarked;
