/**
 * Trust managers: verification of peers' chains, with revocation lists that rotate.
 *
 * <p>Way in: {@link sallyport.tls.trust.StrictTrustManager}. Any thread.
 */
@NullMarked
package sallyport.tls.trust;

import org.jspecify.annotations.NullMarked;
