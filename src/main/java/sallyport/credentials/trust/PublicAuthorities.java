package sallyport.credentials.trust;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.certificates.CertificateRules;

/**
 * Authorities that the programs of the world trust by default. An authority of an organisation that
 * was added to the trust store of the JDK counts as one. Immutable.
 */
public final class PublicAuthorities {
  private final List<X509Certificate> roots;

  private PublicAuthorities(List<X509Certificate> roots) {
    this.roots = List.copyOf(roots);
  }

  /** Makes a set of these. */
  static PublicAuthorities of(List<X509Certificate> roots) {
    return new PublicAuthorities(roots);
  }

  /** Reads the default trust store of the JDK; it takes tens of milliseconds. */
  public static PublicAuthorities ofJdk() {
    List<X509Certificate> roots = new ArrayList<>();
    try {
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init((KeyStore) null);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager trust) {
          roots.addAll(List.of(trust.getAcceptedIssuers()));
        }
      }
    } catch (GeneralSecurityException noStore) {
      throw new IllegalStateException("the JDK's trust store cannot be read", noStore);
    }
    return new PublicAuthorities(roots);
  }

  /**
   * Returns the name of the root that a chain ends at, as far as the chain holds what is between;
   * null where the root is not among these.
   *
   * @param chain the leaf first
   */
  public @Nullable String above(List<X509Certificate> chain) {
    X509Certificate last = chain.getLast();
    for (X509Certificate root : roots) {
      boolean vouches = root.equals(last) || CertificateRules.isIssuer(root, last);
      if (vouches) {
        return root.getSubjectX500Principal().getName();
      }
    }
    return null;
  }
}
