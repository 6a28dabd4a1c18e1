package sallyport.tools.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Authority that issues certificates. Its key is in a file only where {@link #write} put it. */
public final class CertificateAuthority {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String ORGANISATION = "O=Sallyport development,CN=";

  private final X500Name name;
  private final KeyPair keys;
  private final X509Certificate certificate;

  /** What stands between a leaf and the root: empty for a root. */
  private final List<X509Certificate> intermediates;

  private CertificateAuthority(
      X500Name name, KeyPair keys, X509Certificate certificate, List<X509Certificate> above) {
    this.name = name;
    this.keys = keys;
    this.certificate = certificate;
    this.intermediates = above;
  }

  /** A new root with a P-256 key, valid for ten years. */
  public static CertificateAuthority create(String commonName) {
    return create(commonName, KeyKind.EC_P256);
  }

  /** A new root with this kind of key. */
  public static CertificateAuthority create(String commonName, KeyKind kind) {
    X500Name name = new X500Name(ORGANISATION + commonName);
    try {
      KeyPair keys = kind.generate();
      X509Certificate certificate =
          sign(authority(name, name, keys.getPublic()), keys, keys, "SHA256");
      return new CertificateAuthority(name, keys, certificate, List.of());
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("cannot make the authority " + commonName, e);
    }
  }

  /**
   * A root that is there already.
   *
   * @param key of the certificate; {@link #issue} fails for another one
   */
  static CertificateAuthority of(X509Certificate certificate, PrivateKey key) {
    return new CertificateAuthority(
        X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
        new KeyPair(certificate.getPublicKey(), key),
        certificate,
        List.of());
  }

  /** Writes the certificate, and the key for its owner alone: it can issue more of them. */
  void write(Path certificateFile, Path keyFile) throws IOException {
    new Identity(keys.getPrivate(), List.of(certificate)).write(certificateFile, keyFile);
  }

  /** An authority below this one, whose certificate goes into every chain it issues. */
  public CertificateAuthority intermediate(String commonName, KeyKind kind) {
    X500Name below = new X500Name(ORGANISATION + commonName);
    try {
      KeyPair belowKeys = kind.generate();
      X509Certificate issued =
          sign(authority(name, below, belowKeys.getPublic()), belowKeys, keys, "SHA256");
      List<X509Certificate> chain = new ArrayList<>();
      chain.add(issued);
      chain.addAll(intermediates);
      return new CertificateAuthority(below, belowKeys, issued, List.copyOf(chain));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("cannot make the authority " + commonName, e);
    }
  }

  /** What others put into their trust file to believe this authority. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** A new key, and a certificate for it. */
  public Identity issue(CertificateRequest request) {
    try {
      KeyPair subject = request.key.generate();
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              serial(),
              Date.from(request.notBefore),
              Date.from(request.notAfter),
              new X500Name(ORGANISATION + request.commonName),
              subject.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      List<KeyPurposeId> purposes = new ArrayList<>();
      for (CertificateRequest.Usage usage : request.usages) {
        purposes.add(
            switch (usage) {
              case SERVER_AUTH -> KeyPurposeId.id_kp_serverAuth;
              case CLIENT_AUTH -> KeyPurposeId.id_kp_clientAuth;
            });
      }
      if (!purposes.isEmpty()) {
        builder.addExtension(
            Extension.extendedKeyUsage,
            false,
            new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new)));
      }
      List<GeneralName> names = new ArrayList<>();
      request.dnsNames.forEach(dns -> names.add(new GeneralName(GeneralName.dNSName, dns)));
      request.addresses.forEach(ip -> names.add(new GeneralName(GeneralName.iPAddress, ip)));
      request.uris.forEach(
          uri -> names.add(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
      request.mailboxes.forEach(
          mailbox -> names.add(new GeneralName(GeneralName.rfc822Name, mailbox)));
      if (!names.isEmpty()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(names.toArray(GeneralName[]::new)));
      }
      X509Certificate leaf = sign(builder, subject, keys, request.hash);
      leaf.verify(keys.getPublic());
      List<X509Certificate> chain = new ArrayList<>();
      chain.add(leaf);
      chain.addAll(intermediates);
      return new Identity(subject.getPrivate(), List.copyOf(chain));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("cannot issue a certificate for " + request.commonName, e);
    }
  }

  private static X509v3CertificateBuilder authority(
      X500Name issuer, X500Name subject, PublicKey key) throws IOException {
    Instant now = Instant.now();
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            issuer,
            serial(),
            Date.from(now.minus(1, ChronoUnit.HOURS)),
            Date.from(now.plus(3650, ChronoUnit.DAYS)),
            subject,
            key);
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    builder.addExtension(
        Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    return builder;
  }

  /** Adds the key identifiers and signs. */
  private static X509Certificate sign(
      X509v3CertificateBuilder builder, KeyPair subject, KeyPair issuer, String hash)
      throws GeneralSecurityException, OperatorCreationException, IOException {
    JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
    builder.addExtension(
        Extension.subjectKeyIdentifier,
        false,
        identifiers.createSubjectKeyIdentifier(subject.getPublic()));
    builder.addExtension(
        Extension.authorityKeyIdentifier,
        false,
        identifiers.createAuthorityKeyIdentifier(issuer.getPublic()));
    String algorithm = KeyKind.signatureAlgorithm(issuer.getPrivate().getAlgorithm(), hash);
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder(algorithm).build(issuer.getPrivate())));
  }

  /**
   * 126 random bits below a fixed one: positive, 16 bytes, within the 20 that RFC 5280 section
   * 4.1.2.2 allows.
   */
  private static BigInteger serial() {
    return new BigInteger(126, RANDOM).setBit(126);
  }
}
