/**
 * Settings of certificates, private keys, secrets, trust, revocation and ACME accounts.
 *
 * <p>Ways in: {@link sallyport.config.certificate.CertificateReader} and {@link
 * sallyport.config.certificate.AcmeReader}. Opens no file.
 */
@NullMarked
package sallyport.config.certificate;

import org.jspecify.annotations.NullMarked;
