/**
 * Life of the certificates, keys and trust of one side: opened, used by new connections, replaced
 * by a rotation, freed with the last connection.
 *
 * <p>Way in: {@link sallyport.tls.rotation.RotatingTls}, which a listener's and a backend's TLS
 * extend. Any thread; one rotation of a side at a time.
 */
@NullMarked
package sallyport.tls.rotation;

import org.jspecify.annotations.NullMarked;
