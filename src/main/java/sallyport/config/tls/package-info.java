/**
 * Settings of TLS on listeners: policy names, client certificates, sessions, handshakes.
 *
 * <p>Ways in: {@link sallyport.config.tls.ClientAuthReader} and {@link
 * sallyport.config.tls.SessionsReader}.
 */
@NullMarked
package sallyport.config.tls;

import org.jspecify.annotations.NullMarked;
