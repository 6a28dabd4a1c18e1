package sallyport.credentials.keys;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.KeysConfig;
import sallyport.config.certificate.SecretConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.tls.TicketSourceConfig;
import sallyport.credentials.certificates.CertificateRules;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.pkcs11.Pkcs11Tokens;
import sallyport.credentials.pkcs11.Signer;
import sallyport.credentials.sources.KeyFile;
import sallyport.credentials.sources.Secret;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnusableFile;
import sallyport.credentials.tickets.TicketFolder;
import sallyport.credentials.tickets.TicketKey;
import sallyport.credentials.tickets.TicketSecret;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;

/**
 * Opener of chains and keys, wherever they are kept. It checks them, and audits that they were
 * opened.
 */
public final class KeyOpener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyOpener.class);

  private final KeysConfig config;
  private final AuditLog audit;
  private final Clock clock;
  private final Pkcs11Tokens tokens;
  private final Sources sources;

  /**
   * @param clock says whether a certificate is valid
   */
  public KeyOpener(KeysConfig config, AuditLog audit, Clock clock) {
    this(config, audit, clock, new Sources(), new Pkcs11Tokens(audit, config.signers()));
  }

  private KeyOpener(
      KeysConfig config, AuditLog audit, Clock clock, Sources sources, Pkcs11Tokens tokens) {
    this.config = config;
    this.audit = audit;
    this.clock = clock;
    this.sources = sources;
    this.tokens = tokens;
  }

  /** Returns an opener with other settings, which shares tokens and threads with this one. */
  public KeyOpener with(KeysConfig other) {
    return new KeyOpener(other, audit, clock, sources, tokens);
  }

  /** Returns an opener with the same settings, which records the keys that it opens in this log. */
  public KeyOpener telling(AuditLog other) {
    return new KeyOpener(config, other, clock, sources, tokens);
  }

  /** Returns the reader of files, commands and tokens. */
  public Sources sources() {
    return sources;
  }

  /** Returns how long each file, command and token may take. */
  public Duration openTimeout() {
    return config.openTimeout();
  }

  /**
   * Returns a new opening: what is read within it has the time limit of the configuration. What
   * this opens outside of one has the same limit.
   */
  public Sources.Use use() {
    return sources.use(config.openTimeout());
  }

  /** Continues the opening of this thread, or else begins one. */
  private <T, X extends Exception> T limited(Sources.Reader<T, X> reader) throws X {
    return Sources.isBound() ? reader.call() : use().call(reader);
  }

  /** Calls the listener once for each token that is used, with its label. */
  public void onToken(Consumer<String> opened) {
    tokens.onOpened(opened);
  }

  /** Returns whether no token with this label is away. */
  public boolean isTokenUp(String label) {
    return tokens.isUp(label);
  }

  /** Returns the labels of those of the tokens of these that are away. */
  public Set<String> tokensAway(Collection<CertificateConfig> of) {
    return tokens.away(of);
  }

  /**
   * Opens a chain with its key.
   *
   * @param problems takes a line for everything that is wrong
   * @return null when anything is
   */
  public @Nullable KeyMaterial open(CertificateConfig from, Role role, List<String> problems) {
    return limited(() -> Optional.ofNullable(openNow(from, role, problems))).orElse(null);
  }

  private @Nullable KeyMaterial openNow(CertificateConfig from, Role role, List<String> problems) {
    final int before = problems.size();
    List<X509Certificate> chain = null;
    PrivateKey key = null;
    Signer signer = null;
    switch (from) {
      case CertificateConfig.Acme acme -> {
        return openNow(acme.issued(), role, problems);
      }
      case CertificateConfig.Pem pem -> {
        chain = readChain(pem.chain(), pem.chainLocation(), problems);
        try {
          checkMode(pem.key(), pem.keyLocation(), problems);
          checkMode(pem.passphrase(), problems);
          key = PrivateKeys.read(pem.key(), pem.passphrase());
        } catch (UnusableFile unusable) {
          problems.add(pem.keyLocation().problem(String.valueOf(unusable.getMessage())));
        }
      }
      case CertificateConfig.Pkcs12 file -> {
        try {
          checkMode(file.file(), file.location(), problems);
          checkMode(file.passphrase(), problems);
          KeyStoreFile.Entry entry =
              KeyStoreFile.read(file.file(), file.alias(), file.passphrase());
          chain = entry.chain();
          key = entry.key();
        } catch (UnusableFile unusable) {
          problems.add(file.location().problem(String.valueOf(unusable.getMessage())));
        }
      }
      case CertificateConfig.Pkcs11 token -> {
        chain = readChain(token.chain(), token.chainLocation(), problems);
        try {
          checkMode(token.pin(), problems);
          signer = tokens.open(token, chain == null ? null : chain.getFirst());
          key = signer == null ? null : signer.key();
        } catch (UnusableFile unusable) {
          problems.add(token.keyLocation().problem(String.valueOf(unusable.getMessage())));
        }
      }
    }
    if (chain != null) {
      chain = withoutExpired(chain, from.chainLocation());
      for (String problem : CertificateRules.problems(chain, role, clock.instant())) {
        problems.add(from.chainLocation().problem(problem));
      }
    }
    if (chain != null && key != null && signer == null) {
      String misfit = CertificateRules.keyProblem(key, chain.getFirst());
      if (misfit != null) {
        problems.add(from.keyLocation().problem(misfit + " in '" + from.label() + "'"));
      }
    }
    boolean usable = chain != null && key != null && problems.size() == before;
    report(from, role, chain, usable);
    return usable
        ? KeyMaterial.of(
            from.label(),
            Objects.requireNonNull(key),
            signer,
            Objects.requireNonNull(chain),
            role,
            from.chainLocation())
        : null;
  }

  /**
   * Opens every ticket key in a folder, the oldest first.
   *
   * @param problems takes a line for everything that is wrong
   */
  public List<TicketKey> openTicketKeys(TicketSourceConfig.Folder from, List<String> problems) {
    checkMode(from.path(), from.location(), problems);
    // Looked at once: what comes meanwhile is neither checked nor opened.
    List<Path> files = TicketFolder.files(from.path());
    files.forEach(file -> checkMode(file, from.location(), problems));
    return TicketFolder.read(
        from.path(),
        files,
        clock.instant(),
        problem -> problems.add(from.location().problem(problem)));
  }

  /**
   * Opens the secrets that ticket keys are computed from, in their order.
   *
   * @param problems takes a line for everything that is wrong
   */
  public List<TicketSecret> openTicketSecrets(
      TicketSourceConfig.Derived from, List<String> problems) {
    List<TicketSecret> secrets = new ArrayList<>();
    for (SecretConfig secret : from.secrets()) {
      checkMode(secret, problems);
      try {
        secrets.add(TicketSecret.read(secret));
      } catch (UnusableFile unusable) {
        problems.add(from.location().problem(String.valueOf(unusable.getMessage())));
      }
    }
    return secrets;
  }

  /**
   * Opens the key by which an account is known to its authority.
   *
   * @param location where the configuration names it
   * @param problems takes a line for everything that is wrong
   * @return null when anything is
   */
  public @Nullable KeyPair openAccount(
      Path file, SecretConfig passphrase, ConfigLocation location, List<String> problems) {
    return limited(() -> Optional.ofNullable(openAccountNow(file, passphrase, location, problems)))
        .orElse(null);
  }

  private @Nullable KeyPair openAccountNow(
      Path file, SecretConfig passphrase, ConfigLocation location, List<String> problems) {
    KeyPair pair = null;
    final int before = problems.size();
    try {
      checkMode(file, location, problems);
      checkMode(passphrase, problems);
      pair = KeyPairs.of(PrivateKeys.read(file, passphrase));
    } catch (UnusableFile unusable) {
      problems.add(location.problem(String.valueOf(unusable.getMessage())));
    } catch (GeneralSecurityException otherKind) {
      problems.add(location.problem("'" + file + "' is neither an EC nor an RSA key"));
    }
    boolean usable = pair != null && problems.size() == before;
    audit.record(
        new AuditEvent.KeyOpened(
            "account",
            file.toString(),
            pair == null ? "" : Certificates.describeKey(pair.getPublic()),
            "",
            usable));
    return usable ? pair : null;
  }

  /**
   * Opens the key by which an authority knows one of its customers.
   *
   * @param location where the configuration names it
   * @param problems takes a line for everything that is wrong
   * @return null when anything is
   */
  public @Nullable SecretKey openMacKey(
      SecretConfig from, ConfigLocation location, List<String> problems) {
    final int before = problems.size();
    SecretKey key = null;
    checkMode(from, problems);
    try {
      key = limited(() -> MacKey.read(from));
    } catch (UnusableFile unusable) {
      problems.add(location.problem(String.valueOf(unusable.getMessage())));
    }
    return problems.size() == before ? key : null;
  }

  /**
   * Reads a passphrase, only to see that it is there.
   *
   * @param location where the configuration names it
   * @param problems takes a line for everything that is wrong
   */
  public void tryPassphrase(SecretConfig from, ConfigLocation location, List<String> problems) {
    checkMode(from, problems);
    try {
      limited(() -> Secret.read(from)).close();
    } catch (UnusableFile unusable) {
      problems.add(location.problem(String.valueOf(unusable.getMessage())));
    }
  }

  private List<X509Certificate> withoutExpired(
      List<X509Certificate> chain, ConfigLocation location) {
    List<X509Certificate> shown = CertificateRules.withoutExpired(chain, clock.instant());
    for (int i = 0; i < chain.size(); i++) {
      if (!shown.contains(chain.get(i))) {
        LOG.warn(
            location.problem(
                "certificate "
                    + (i + 1)
                    + " of the chain expired at "
                    + chain.get(i).getNotAfter().toInstant()
                    + "; it is not shown, and those below it are enough"));
      }
    }
    return shown;
  }

  private static @Nullable List<X509Certificate> readChain(
      Path file, ConfigLocation location, List<String> problems) {
    try {
      return Certificates.readChain(file);
    } catch (UnusableFile unusable) {
      problems.add(location.problem(String.valueOf(unusable.getMessage())));
      return null;
    }
  }

  private void checkMode(Path file, ConfigLocation location, List<String> problems) {
    boolean groupMayRead = config.looseModes() == KeysConfig.LooseModes.GROUP_MAY_READ;
    String looseness =
        limited(() -> Optional.ofNullable(KeyFile.looseness(file, groupMayRead))).orElse(null);
    if (looseness == null) {
      return;
    }
    String problem = location.problem(looseness);
    switch (config.looseModes()) {
      case REFUSE, GROUP_MAY_READ -> problems.add(problem);
      case WARN -> LOG.warn("{}", problem);
    }
  }

  private void checkMode(@Nullable SecretConfig passphrase, List<String> problems) {
    if (passphrase instanceof SecretConfig.File file) {
      checkMode(file.path(), file.location(), problems);
    }
  }

  private void report(
      CertificateConfig from, Role role, @Nullable List<X509Certificate> chain, boolean usable) {
    X509Certificate leaf = chain == null ? null : chain.getFirst();
    audit.record(
        new AuditEvent.KeyOpened(
            role.label(),
            from.label(),
            leaf == null ? "" : Certificates.describeKey(leaf.getPublicKey()),
            leaf == null ? "" : Certificates.fingerprint(leaf),
            usable));
  }

  @Override
  public void close() {
    tokens.close();
    sources.close();
  }
}
