/**
 * A private certificate authority for development and tests. Production certificates come from
 * elsewhere.
 *
 * <p>Way in: {@link sallyport.pki.DevelopmentPki}, {@link sallyport.pki.CertificateAuthority}.
 * Threads: any, one at a time for each authority. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.pki;

import org.jspecify.annotations.NullMarked;
