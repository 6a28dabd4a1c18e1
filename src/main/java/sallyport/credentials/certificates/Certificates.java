package sallyport.credentials.certificates;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.TrustManagerFactory;
import sallyport.credentials.sources.Pem;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnusableFile;
import sallyport.values.Sha256;

/** Reader of certificates in PEM files, and of what they say. */
public final class Certificates {
  private static final int SAN_DNS = 2;
  private static final int SAN_IP = 7;

  private Certificates() {}

  /** Returns all certificates of a PEM file, in its order; at least one. */
  public static List<X509Certificate> readChain(Path file) throws UnusableFile {
    List<X509Certificate> chain = new ArrayList<>();
    List<Pem.Block> blocks = List.of();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      blocks = Pem.blocks(file, Sources.bytes(file));
      for (Pem.Block block : blocks) {
        if (block.type().equals("CERTIFICATE") || block.type().equals("X509 CERTIFICATE")) {
          chain.add(decode(factory, block.der()));
        }
      }
    } catch (IOException | CertificateException | RuntimeException e) {
      throw new UnusableFile("'" + file + "' is not a PEM file with certificates");
    } finally {
      blocks.forEach(Pem.Block::wipe); // There may be keys among them.
    }
    if (chain.isEmpty()) {
      throw new UnusableFile("'" + file + "' has no certificate in it");
    }
    return List.copyOf(chain);
  }

  /**
   * Decodes with the JDK alone: Bouncy Castle's jar is signed, and the check of that would slow the
   * start.
   */
  public static X509Certificate decode(CertificateFactory factory, byte[] der)
      throws CertificateException {
    var in = new ByteArrayInputStream(der);
    if (factory.generateCertificate(in) instanceof X509Certificate certificate
        && in.available() == 0) {
      return certificate;
    }
    throw new CertificateException("there is more than a certificate");
  }

  /** Makes a trust manager factory for these authorities, and no others. */
  public static TrustManagerFactory trusting(List<X509Certificate> authorities)
      throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    try {
      store.load(null, null);
    } catch (IOException nothingIsRead) {
      throw new IllegalStateException(nothingIsRead);
    }
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("authority-" + i, authorities.get(i));
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    return factory;
  }

  /** Returns the DNS names, lower case, and the addresses of the subject alternative name. */
  public static List<String> names(X509Certificate certificate) {
    List<String> names = new ArrayList<>(dnsNames(certificate));
    names.addAll(alternativeNames(certificate, SAN_IP));
    return List.copyOf(names);
  }

  /** Returns the DNS names of the subject alternative name, lower case. */
  public static List<String> dnsNames(X509Certificate certificate) {
    return alternativeNames(certificate, SAN_DNS);
  }

  private static List<String> alternativeNames(X509Certificate certificate, int type) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      if (all != null) {
        for (List<?> entry : all) {
          if (entry.get(0) instanceof Integer kind
              && kind == type
              && entry.get(1) instanceof String name) {
            names.add(name.toLowerCase(Locale.ROOT));
          }
        }
      }
    } catch (CertificateParsingException unreadable) {
      return List.of();
    }
    return names;
  }

  /** Returns the SHA-256 of the certificate, hex. */
  public static String fingerprint(X509Certificate certificate) {
    try {
      return Sha256.hex(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate without an encoding", e);
    }
  }

  public static String describeKey(PublicKey key) {
    return switch (key) {
      case RSAPublicKey rsa -> key.getAlgorithm() + " " + rsa.getModulus().bitLength();
      case ECPublicKey ec -> "EC P-" + ec.getParams().getOrder().bitLength();
      default -> key.getAlgorithm();
    };
  }
}
