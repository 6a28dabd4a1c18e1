package sallyport.credentials.acme;

import java.io.IOException;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import sallyport.config.certificate.CertificateConfig;

/**
 * Certificate for an authority that verifies a name by TLS (RFC 8737 section 3): self-signed, for
 * the one name, with the digest of the key authorization. The library's own needs an RSA key.
 */
record ChallengeCertificate(PrivateKey key, X509Certificate certificate) {
  private static final ASN1ObjectIdentifier ACME_IDENTIFIER =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.1.31");

  private static final int SERIAL_BITS = 64;

  /**
   * @param validation SHA-256 of the key authorization
   */
  static ChallengeCertificate of(String name, byte[] validation) {
    KeyPair pair = NewKeys.of(CertificateConfig.Acme.Keys.EC);
    X500Name subject = new X500Name("CN=acme challenge");
    Instant now = Instant.now();
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              subject,
              new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(SERIAL_BITS),
              Date.from(now.minus(1, ChronoUnit.DAYS)),
              Date.from(now.plus(1, ChronoUnit.DAYS)),
              subject,
              pair.getPublic());
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.dNSName, name)));
      builder.addExtension(ACME_IDENTIFIER, true, new DEROctetString(validation));
      return new ChallengeCertificate(
          pair.getPrivate(),
          new JcaX509CertificateConverter()
              .getCertificate(
                  builder.build(
                      new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()))));
    } catch (IOException | OperatorCreationException | CertificateException cannotBe) {
      throw new IllegalStateException(cannotBe);
    }
  }
}
