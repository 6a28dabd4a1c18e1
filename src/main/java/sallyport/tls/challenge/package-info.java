/**
 * Answers to authorities that verify a name by TLS-ALPN (RFC 8737).
 *
 * <p>Way in: {@link sallyport.tls.challenge.Challenges}. Any thread.
 */
@NullMarked
package sallyport.tls.challenge;

import org.jspecify.annotations.NullMarked;
