package sallyport.tools.pki;

import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/**
 * Authority in a folder, {@code private-ca.pem} and {@code private-ca.key}, which vouches for both
 * sides of a way to a backend. docs/client-certificate.md makes the same files by OpenSSL.
 */
public final class PrivateAuthority {
  /** Purpose of a certificate. */
  public enum Role {
    /** A listener, towards clients. */
    SERVER(CertificateRequest.Usage.SERVER_AUTH),
    /** The gateway, or a sidecar in client mode, towards those that it connects to. */
    CLIENT(CertificateRequest.Usage.CLIENT_AUTH),
    /** A backend or a sidecar, towards the gateway. */
    BACKEND(CertificateRequest.Usage.SERVER_AUTH);

    private final CertificateRequest.Usage usage;

    Role(CertificateRequest.Usage usage) {
      this.usage = usage;
    }
  }

  private static final Duration ONE_HOUR = Duration.ofHours(1);

  /** The greatest length of a common name (RFC 5280 appendix A.1). */
  private static final int LONGEST_COMMON_NAME = 64;

  private static final Pattern HOST =
      Pattern.compile("(?:\\*\\.)?[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*");
  private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://[!-~]+");

  private PrivateAuthority() {}

  /** Returns whether a certificate can be for this: a host name, an IP address or a URI. */
  public static boolean isName(String name) {
    return URI.matcher(name).matches()
        || isAddress(name)
        || (HOST.matcher(name).matches() && name.length() <= 253);
  }

  /**
   * Issues a certificate, and makes the authority first where the folder has none.
   *
   * @param name see {@link #isName}
   * @param days how long it is valid, 1 or more
   * @return the file of the certificate; the key is beside it, with the ending {@code .key}
   * @throws FileAlreadyExistsException when a file of this name is there: nothing is overwritten
   * @throws IOException when a file cannot be read or written, or the authority cannot issue
   */
  public static Path issue(Path folder, String name, Role role, int days) throws IOException {
    Instant now = Instant.now();
    CertificateRequest request =
        CertificateRequest.of(commonName(name, role))
            .usage(role.usage)
            .valid(now.minus(ONE_HOUR), now.plus(Duration.ofDays(days)));
    if (URI.matcher(name).matches()) {
      request.uri(name);
    } else if (isAddress(name)) {
      request.ip(name);
    } else {
      request.dns(name);
    }
    Files.createDirectories(folder);
    String file = fileName(name);
    Path chain = free(folder.resolve(file + ".pem"));
    Path key = free(folder.resolve(file + ".key"));
    Identity issued;
    try {
      issued = authority(folder).issue(request);
    } catch (IllegalStateException failed) {
      throw new IOException("private-ca.key does not fit private-ca.pem", failed);
    }
    issued.write(chain, key);
    return chain;
  }

  private static CertificateAuthority authority(Path folder) throws IOException {
    Path certificate = folder.resolve("private-ca.pem");
    Path key = folder.resolve("private-ca.key");
    if (!Files.exists(certificate) && !Files.exists(key)) {
      CertificateAuthority made = CertificateAuthority.create("Private authority");
      made.write(certificate, key);
      return made;
    }
    return CertificateAuthority.of(certificate(certificate), key(key));
  }

  private static X509Certificate certificate(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    } catch (CertificateException unreadable) {
      throw new IOException(file + " is not a certificate in PEM", unreadable);
    }
  }

  private static PrivateKey key(Path file) throws IOException {
    try (Reader reader = Files.newBufferedReader(file);
        PEMParser pem = new PEMParser(reader)) {
      JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
      for (Object read = pem.readObject(); read != null; read = pem.readObject()) {
        if (read instanceof PrivateKeyInfo info) {
          return converter.getPrivateKey(info);
        }
        if (read instanceof PEMKeyPair pair) {
          return converter.getKeyPair(pair).getPrivate();
        }
      }
    } catch (PEMException unreadable) {
      throw new IOException(file + " is not a key in PEM", unreadable);
    }
    throw new IOException(file + " has no key that is not encrypted, in PEM");
  }

  private static Path free(Path file) throws FileAlreadyExistsException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(
          file.toString(), null, "is in the way; move it, and issue again");
    }
    return file;
  }

  /** Returns the name for people; a URI does not fit. */
  private static String commonName(String name, Role role) {
    boolean fits = !URI.matcher(name).matches() && name.length() <= LONGEST_COMMON_NAME;
    return fits ? name : role.name().toLowerCase(Locale.ROOT);
  }

  private static String fileName(String name) {
    return name.replaceFirst("^[^:/]*://", "")
        .replace("*", "wildcard")
        .replaceAll("[^A-Za-z0-9._-]", "-");
  }

  private static boolean isAddress(String name) {
    try {
      return name.indexOf('%') < 0 && InetAddress.ofLiteral(name) != null;
    } catch (IllegalArgumentException notAnAddress) {
      return false;
    }
  }
}
