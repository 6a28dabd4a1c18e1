package sallyport.credentials.acme;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.crypto.SecretKey;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.AccountBuilder;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeServerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.acme.store.Leadership;
import sallyport.credentials.acme.store.SharedAnswers;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeptKeys;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnansweredSource;
import sallyport.credentials.sources.UnusableFile;
import sallyport.credentials.trust.EngineTrustManager;
import sallyport.credentials.trust.TrustedAuthorities;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;

/** Account of the gateway at one authority, with a key that is made once and kept. */
final class Account implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Account.class);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private static final String NOT_A_CUSTOMER = "externalAccountRequired";

  private final AcmeConfig config;
  private final Supplier<KeyOpener> keys;
  private final AuditLog audit;
  private final Clock clock;
  private final Leadership leadership;
  private final SharedAnswers answers;
  private @Nullable KeyPair key;
  private @Nullable HttpClient http;

  Account(AcmeConfig config, Supplier<KeyOpener> keys, AuditLog audit, Clock clock) {
    this.config = config;
    this.keys = keys;
    this.audit = audit;
    this.clock = clock;
    this.answers = new SharedAnswers(config.folder());
    this.leadership = new Leadership(config.name(), config.folder(), this::clearLeftovers);
  }

  /** Removes what another replica has left in the store that led before. */
  private void clearLeftovers() {
    try {
      answers.clear();
      KeptKeys.deleteDrafts(config.keyFile());
    } catch (IOException | DirectoryIteratorException remain) {
      LOG.warn(
          "account {}: leftovers of an order remain in the store: {}", name(), remain.toString());
    }
  }

  String name() {
    return config.name();
  }

  /** Returns the choice of the replica that orders from this account. */
  Leadership leadership() {
    return leadership;
  }

  /** Returns the answers to open challenges that all replicas give. */
  SharedAnswers answers() {
    return answers;
  }

  /** Opens the account; called before any other use. */
  void prepare(List<String> problems) {
    ConfigLocation store = config.location().child("store");
    try {
      KeptKeys.folder(config.folder());
      if (!isUsable(config.folder(), problems)) {
        return;
      }
      if (!Sources.exists(config.keyFile())) {
        Path draft = KeptKeys.draftOf(config.keyFile());
        KeptKeys.write(
            draft,
            NewKeys.of(CertificateConfig.Acme.Keys.EC).getPrivate(),
            List.of(),
            config.passphrase());
        // Replicas that start together have one account.
        KeptKeys.commitFirst(draft, config.keyFile());
      }
      Sources.ofFile(
          config.folder(),
          () -> {
            leadership.prepare();
            answers.prepare();
            return true;
          },
          late -> {});
    } catch (IOException cannotWrite) {
      problems.add(store.problem("cannot be written to: " + cannotWrite));
      return;
    } catch (UnansweredSource hangs) {
      problems.add(store.problem(String.valueOf(hangs.getMessage())));
      return;
    } catch (UnusableFile noPassphrase) {
      problems.add(
          config.location().child("passphrase").problem(String.valueOf(noPassphrase.getMessage())));
      return;
    }
    open(problems);
  }

  /** Checks the account without creating files; replaces {@link #prepare}. */
  void inspect(List<String> problems) {
    Path folder = config.folder().toAbsolutePath();
    while (!Sources.exists(folder) && folder.getParent() != null) {
      folder = folder.getParent();
    }
    if (!isUsable(folder, problems)) {
      return;
    }
    if (Sources.exists(config.keyFile())) {
      open(problems);
    } else {
      keys.get()
          .tryPassphrase(config.passphrase(), config.location().child("passphrase"), problems);
      openExternal(problems);
      http = client(problems);
    }
  }

  /** Returns whether the store and its folders, as far as they are there, can be written to. */
  private boolean isUsable(Path folder, List<String> problems) {
    List<Path> folders = new ArrayList<>(List.of(folder));
    Stream.of(Leadership.folder(config.folder()), SharedAnswers.folder(config.folder()))
        .filter(Sources::exists)
        .forEach(folders::add);
    for (Path each : folders) {
      if (!isWritable(each, problems)) {
        problems.add(
            config.location().child("store").problem("cannot be written to: '" + each + "'"));
        return false;
      }
    }
    return true;
  }

  private boolean isWritable(Path folder, List<String> problems) {
    try {
      return Sources.look(
          "'" + folder + "'", () -> Files.isDirectory(folder) && Files.isWritable(folder));
    } catch (UnusableFile unanswered) {
      problems.add(
          config.location().child("store").problem(String.valueOf(unanswered.getMessage())));
      return false;
    }
  }

  private void open(List<String> problems) {
    openExternal(problems);
    key =
        keys.get()
            .openAccount(
                config.keyFile(), config.passphrase(), config.location().child("store"), problems);
    http = client(problems);
  }

  private void openExternal(List<String> problems) {
    AcmeConfig.ExternalAccount external = config.externalAccount();
    if (external != null) {
      // Only to see that it is there: it is not needed again once the account is made.
      keys.get().openMacKey(external.macKey(), external.location(), problems);
    }
  }

  private @Nullable HttpClient client(List<String> problems) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(CONNECT_TIMEOUT);
    TrustConfig trust = config.trust();
    if (trust != null) {
      try {
        builder.sslContext(trusting(TrustedAuthorities.read(trust, clock)));
      } catch (UnusableFile unusable) {
        problems.add(trust.location().problem(String.valueOf(unusable.getMessage())));
        return null;
      }
    }
    return builder.build();
  }

  /** The host of the directory, by the authorities of the configuration. */
  private static final class DirectoryTrust extends EngineTrustManager {
    private final TrustedAuthorities authorities;

    DirectoryTrust(TrustedAuthorities authorities) {
      this.authorities = authorities;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String auth, SSLEngine engine)
        throws CertificateException {
      authorities.check(chain, auth, Role.SERVER, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String auth, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("only directories are verified");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return authorities.acceptedIssuers();
    }
  }

  private static SSLContext trusting(TrustedAuthorities authorities) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new DirectoryTrust(authorities)}, null);
      return context;
    } catch (GeneralSecurityException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  /** Returns a conversation with the authority; none is kept for long, since directories change. */
  Authority authority() {
    return new Authority(config.directory(), Objects.requireNonNull(http));
  }

  /** Returns the key alone, for questions that the authority answers without an account. */
  Login anonymous(Authority authority) {
    return authority.session().login(authority.url(), Objects.requireNonNull(key));
  }

  /** Makes the gateway known, where it is not. */
  Login login(Authority authority) throws AcmeException, OrderFailedException {
    KeyPair known = Objects.requireNonNull(key);
    try {
      return new AccountBuilder().useKeyPair(known).onlyExisting().createLogin(authority.session());
    } catch (AcmeServerException refused) {
      // Some ask for the customer before they look whether they know the key.
      if (!Set.of("accountDoesNotExist", NOT_A_CUSTOMER)
          .contains(OrderFailedException.typeOf(refused.getProblem()))) {
        throw refused;
      }
    }
    AccountBuilder builder = new AccountBuilder().useKeyPair(known).agreeToTermsOfService();
    config.contact().forEach(builder::addContact);
    AcmeConfig.ExternalAccount external = config.externalAccount();
    if (external != null) {
      bind(builder, external);
    } else if (authority.session().getMetadata().isExternalAccountRequired()) {
      throw new OrderFailedException(
          NOT_A_CUSTOMER,
          "the authority makes accounts for its customers alone: set %s to the key-id and the mac-key that it gave you"
              .formatted(config.location().child("external-account").path()));
    }
    Login login = builder.createLogin(authority.session());
    audit.record(new AuditEvent.AcmeAccountMade(name(), config.directory().toString()));
    return login;
  }

  /** Binds the new account to an external one (RFC 8555 section 7.3.4). */
  private void bind(AccountBuilder builder, AcmeConfig.ExternalAccount external)
      throws OrderFailedException {
    List<String> problems = new ArrayList<>();
    SecretKey mac = keys.get().openMacKey(external.macKey(), external.location(), problems);
    if (mac == null) {
      throw new OrderFailedException(NOT_A_CUSTOMER, String.join("; ", problems));
    }
    // For any length: the other algorithms are not known everywhere.
    builder.withKeyIdentifier(external.keyId(), mac).withMacAlgorithm("HS256");
  }

  @Override
  public void close() {
    if (http != null) {
      http.shutdownNow();
    }
  }
}
