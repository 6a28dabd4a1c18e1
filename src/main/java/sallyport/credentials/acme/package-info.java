/**
 * Certificates from ACME authorities (RFC 8555): ordered, stored, and renewed in time.
 *
 * <p>Way in: {@link sallyport.credentials.acme.Acme}. Threads: one for each certificate, never an
 * event loop; what event loops ask is a look into a map. Reaches listeners only through {@link
 * sallyport.credentials.acme.CertificateInstaller}. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.credentials.acme;

import org.jspecify.annotations.NullMarked;
