package sallyport.credentials.pkcs11;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.SignersConfig;
import sallyport.credentials.sources.UnusableFile;
import sallyport.observe.audit.AuditLog;

/**
 * Keys in hardware security modules and key services, through their PKCS#11 modules. The key stays
 * there; only signatures leave it.
 *
 * <p>Any thread.
 */
public final class Pkcs11Tokens implements AutoCloseable {
  private record Name(Path module, String label) {
    static Name of(CertificateConfig.Pkcs11 config) {
      return new Name(config.module(), config.token());
    }
  }

  private final AuditLog audit;
  private final SignersConfig signers;
  private final Map<Path, Pkcs11Module> modules = new ConcurrentHashMap<>();
  private final Map<Name, Pkcs11Token> tokens = new ConcurrentHashMap<>();
  private final Set<String> told = ConcurrentHashMap.newKeySet();
  private volatile Consumer<String> opened = label -> {};

  /**
   * @param signers of each token
   */
  public Pkcs11Tokens(AuditLog audit, SignersConfig signers) {
    this.audit = audit;
    this.signers = signers;
  }

  /** Calls the listener once for each token that is used, with its label. */
  public void onOpened(Consumer<String> listener) {
    opened = listener;
  }

  /**
   * @param leaf the certificate that the key has to fit; null when there is none to compare with
   * @return null when there is none to compare with
   * @throws UnusableFile when the module, the token, the PIN or the key is not to be had, or the
   *     key does not fit; says which
   */
  public @Nullable Signer open(CertificateConfig.Pkcs11 config, @Nullable X509Certificate leaf)
      throws UnusableFile {
    Pkcs11Module module = modules.computeIfAbsent(config.module(), Pkcs11Module::new);
    Pkcs11Token token =
        tokens.computeIfAbsent(
            Name.of(config),
            name -> new Pkcs11Token(module, name.label(), audit, new SignerPool(signers)));
    Signer signer = token.open(config, leaf);
    if (signer != null && told.add(token.label())) {
      opened.accept(token.label());
    }
    return signer;
  }

  /** Returns whether no token with this label is away. */
  public boolean isUp(String label) {
    return tokens.values().stream()
        .noneMatch(token -> token.label().equals(label) && token.isAway());
  }

  /** Returns the labels of those of these tokens that are away. */
  public Set<String> away(Collection<CertificateConfig> of) {
    Set<String> labels = new TreeSet<>();
    for (CertificateConfig each : of) {
      if (each instanceof CertificateConfig.Pkcs11 config) {
        Pkcs11Token token = tokens.get(Name.of(config));
        if (token != null && token.isAway()) {
          labels.add(token.label());
        }
      }
    }
    return labels;
  }

  @Override
  public void close() {
    tokens.values().forEach(Pkcs11Token::close);
  }
}
