/**
 * Keys that stay in PKCS#11 tokens: login, lookup, signatures, and the return of a token.
 *
 * <p>Way in: {@link sallyport.credentials.pkcs11.Pkcs11Tokens}, {@link
 * sallyport.credentials.pkcs11.Signer}. Any thread but those of event loops: it blocks.
 */
@NullMarked
package sallyport.credentials.pkcs11;

import org.jspecify.annotations.NullMarked;
