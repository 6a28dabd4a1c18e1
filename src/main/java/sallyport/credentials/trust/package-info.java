/**
 * Trust files, and validation of peers' chains by the authorities in them (RFC 5280).
 *
 * <p>Way in: {@link sallyport.credentials.trust.TrustedAuthorities}. Any thread.
 */
@NullMarked
package sallyport.credentials.trust;

import org.jspecify.annotations.NullMarked;
