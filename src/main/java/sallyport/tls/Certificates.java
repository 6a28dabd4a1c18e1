package sallyport.tls;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/** Reads certificates and keys from PEM files, and says what is in them. */
final class Certificates {
  private static final int SAN_DNS = 2;
  private static final int SAN_IP = 7;

  private Certificates() {}

  /** A file that cannot be used; the message says why and what to do, never what is in it. */
  static final class UnusableFile extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableFile(String message) {
      super(message);
    }
  }

  /** All certificates of a PEM file, in its order; at least one. */
  static List<X509Certificate> readChain(Path file) throws UnusableFile {
    List<X509Certificate> chain = new ArrayList<>();
    try (Reader reader = Files.newBufferedReader(file);
        PEMParser parser = new PEMParser(reader)) {
      Object object;
      while ((object = parser.readObject()) != null) {
        if (object instanceof X509CertificateHolder holder) {
          chain.add(new JcaX509CertificateConverter().getCertificate(holder));
        }
      }
    } catch (IOException | CertificateException | RuntimeException e) {
      throw new UnusableFile("'" + file + "' is not a PEM file with certificates");
    }
    if (chain.isEmpty()) {
      throw new UnusableFile("'" + file + "' has no certificate in it");
    }
    return List.copyOf(chain);
  }

  /** The one private key of a PEM file. */
  static PrivateKey readKey(Path file) throws UnusableFile {
    Object object;
    try (Reader reader = Files.newBufferedReader(file);
        PEMParser parser = new PEMParser(reader)) {
      do {
        object = parser.readObject();
        // EC keys may come behind their curve's parameters.
      } while (object instanceof org.bouncycastle.asn1.ASN1ObjectIdentifier);
      if (object instanceof PKCS8EncryptedPrivateKeyInfo || object instanceof PEMEncryptedKeyPair) {
        throw new UnusableFile(
            "'"
                + file
                + "' is encrypted, which is not supported yet; decrypt it and let the file's mode"
                + " protect it");
      }
      JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
      if (object instanceof PrivateKeyInfo info) {
        return converter.getPrivateKey(info);
      }
      if (object instanceof PEMKeyPair pair) {
        return converter.getKeyPair(pair).getPrivate();
      }
    } catch (IOException | RuntimeException e) {
      // The cause may quote the file: it stays here.
      throw new UnusableFile("'" + file + "' is not a PEM file with a private key");
    }
    throw new UnusableFile("'" + file + "' has no private key in it");
  }

  /** DNS names, lower case, and addresses of the subject alternative name. */
  static List<String> names(X509Certificate certificate) {
    List<String> names = new ArrayList<>(dnsNames(certificate));
    names.addAll(alternativeNames(certificate, SAN_IP));
    return List.copyOf(names);
  }

  static List<String> dnsNames(X509Certificate certificate) {
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

  static String fingerprint(X509Certificate certificate) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate without an encoding", e);
    }
  }

  static String describeKey(PublicKey key) {
    return switch (key) {
      case RSAPublicKey rsa -> "RSA " + rsa.getModulus().bitLength();
      case ECPublicKey ec -> "EC P-" + ec.getParams().getOrder().bitLength();
      default -> key.getAlgorithm();
    };
  }
}
