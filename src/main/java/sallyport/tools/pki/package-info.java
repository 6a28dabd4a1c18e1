/**
 * A private certificate authority for development and tests. Production certificates come from
 * elsewhere.
 *
 * <p>Way in: {@link sallyport.tools.pki.DevelopmentPki}, {@link
 * sallyport.tools.pki.CertificateAuthority}. Threads: any, one at a time for each authority.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.tools.pki;

import org.jspecify.annotations.NullMarked;
