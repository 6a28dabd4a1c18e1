/**
 * Certificate revocation lists (RFC 5280): reading, checks of their signatures and scopes, lookup.
 *
 * <p>Way in: {@link sallyport.credentials.revocation.crl.Crls}. Any thread but those of event loops
 * for reading; any thread for lookup.
 */
@NullMarked
package sallyport.credentials.revocation.crl;

import org.jspecify.annotations.NullMarked;
