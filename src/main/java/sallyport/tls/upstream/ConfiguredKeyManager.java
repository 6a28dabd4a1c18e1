package sallyport.tls.upstream;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyManagerFactorySpi;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.tls.engine.RemoteSignatures;

/**
 * Key manager that shows the configured certificate to every backend that asks for one. The list of
 * authorities in a CertificateRequest is a hint (RFC 8446 section 4.2.4): the JDK's key managers
 * send no certificate where it does not name the issuer, and the backend then sees an anonymous
 * client. nginx, HAProxy and Envoy send what is configured, and so does this.
 *
 * <p>Any thread.
 */
final class ConfiguredKeyManager extends X509ExtendedKeyManager {
  private static final String ALIAS = "configured";

  private final KeyMaterial material;

  private ConfiguredKeyManager(KeyMaterial material) {
    this.material = material;
  }

  /**
   * Makes what Netty takes a key manager from. The engine asks {@link RemoteSignatures} for the
   * signatures of a key that stays in its token.
   */
  static KeyManagerFactory factory(KeyMaterial material) throws SSLException {
    try {
      KeyManagerFactory jdk =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      Spi spi = new Spi(new ConfiguredKeyManager(material));
      // Netty keeps the native copy as long as it is given the same key and certificates. Its
      // OpenSslCachingX509KeyManagerFactory would lose a reference when two loops make the first.
      return new KeyManagerFactory(spi, jdk.getProvider(), jdk.getAlgorithm()) {};
    } catch (GeneralSecurityException noDefault) {
      throw new SSLException(noDefault);
    }
  }

  private static final class Spi extends KeyManagerFactorySpi {
    private final KeyManager manager;

    Spi(KeyManager manager) {
      this.manager = manager;
    }

    @Override
    protected void engineInit(KeyStore store, char[] password) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected void engineInit(ManagerFactoryParameters parameters) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected KeyManager[] engineGetKeyManagers() {
      return new KeyManager[] {manager};
    }
  }

  @Override
  public String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
    return ALIAS;
  }

  @Override
  public String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return ALIAS;
  }

  @Override
  public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return new String[] {ALIAS};
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return alias.equals(ALIAS) ? material.chainArray() : null;
  }

  /** Returns the key; null for one that stays in its token, too. */
  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return alias.equals(ALIAS) && material.signer() == null ? material.key() : null;
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }
}
