package sallyport.testkit;

import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;
import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import sallyport.tools.pki.CertificateAuthority;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.Identity;

/** Authorities and identities for tests, in memory and as files in a folder of the test's own. */
public final class TestPki {
  private static final char[] PASSWORD = "test".toCharArray();

  /** Vouches for the gateway towards clients. */
  public static final CertificateAuthority FRONT = CertificateAuthority.create("front");

  /** Vouches for backends, and for the gateway towards them. */
  public static final CertificateAuthority BACK = CertificateAuthority.create("back");

  /** Vouches for users. */
  public static final CertificateAuthority USERS = CertificateAuthority.create("users");

  /** Vouches for nobody that anyone trusts. */
  public static final CertificateAuthority STRANGERS = CertificateAuthority.create("strangers");

  /** The gateway towards clients. */
  public static final Identity SERVER =
      FRONT.issue(
          CertificateRequest.of("server")
              .dns("localhost", "gateway.test", "*.wild.test")
              .ip("127.0.0.1")
              .usage(SERVER_AUTH));

  /** A backend as it should be. */
  public static final Identity BACKEND =
      BACK.issue(CertificateRequest.of("backend").dns("legacy.internal").usage(SERVER_AUTH));

  /** The gateway towards backends. */
  public static final Identity CLIENT =
      BACK.issue(CertificateRequest.of("gateway").usage(CLIENT_AUTH));

  /** A user as it should be. */
  public static final Identity USER = USERS.issue(CertificateRequest.of("user").usage(CLIENT_AUTH));

  private TestPki() {}

  /** Writes what {@link GatewayFixture}'s configuration names. */
  public static void writeTo(Path folder) {
    try {
      Files.createDirectories(folder);
      SERVER.write(folder.resolve("server.pem"), folder.resolve("server.key"));
      CLIENT.write(folder.resolve("client.pem"), folder.resolve("client.key"));
      trust(folder.resolve("backend-ca.pem"), BACK);
      trust(folder.resolve("clients-ca.pem"), USERS);
      trust(folder.resolve("ca.pem"), FRONT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static void trust(Path file, CertificateAuthority authority) throws IOException {
    Identity.writeCertificates(file, List.of(authority.certificate()));
  }

  /** A JDK context that trusts one authority and shows this identity, if any. */
  public static SSLContext context(@Nullable Identity identity, CertificateAuthority trusted) {
    return context(identity, trusted.certificate());
  }

  /** The same of an authority that others made. */
  public static SSLContext context(@Nullable Identity identity, X509Certificate trusted) {
    try {
      KeyStore authorities = KeyStore.getInstance("PKCS12");
      authorities.load(null, null);
      authorities.setCertificateEntry("authority", trusted);
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(authorities);
      KeyManager[] keys = null;
      if (identity != null) {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
            "identity", identity.key(), PASSWORD, identity.chain().toArray(new Certificate[0]));
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, PASSWORD);
        keys = factory.getKeyManagers();
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A JDK context that trusts whatever it is shown, for a test that looks at it itself. */
  public static SSLContext contextThatTrustsAnybody() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Listens on loopback, on a free port, for peers with a certificate of this authority. */
  static SSLServerSocket listen(Identity identity, CertificateAuthority trusted) {
    return listen("127.0.0.1", 0, identity, trusted);
  }

  static SSLServerSocket listen(
      String address, int port, Identity identity, CertificateAuthority trusted) {
    try {
      SSLServerSocket server =
          (SSLServerSocket)
              context(identity, trusted)
                  .getServerSocketFactory()
                  .createServerSocket(port, 50, InetAddress.ofLiteral(address));
      server.setNeedClientAuth(true);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The subject of a certificate as the JDK prints it. */
  public static String subject(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().getName();
  }
}
