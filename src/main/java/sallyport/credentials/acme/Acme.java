package sallyport.credentials.acme;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.credentials.acme.store.Looks;
import sallyport.credentials.acme.store.SharedAnswers;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnusableFile;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;

/**
 * Certificates from ACME authorities: each is ordered when there is none, renewed when its time
 * comes, and put to use while the gateway serves.
 */
public final class Acme implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Acme.class);

  private static final Duration LONGEST_STOP = Duration.ofSeconds(5);

  private final Map<String, Account> accounts = new LinkedHashMap<>();
  private final Map<Path, CertificateRenewer> renewers = new LinkedHashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final ActiveChallenges challenges;
  private final Looks looks = new Looks(this::look);
  private volatile String lookTrouble = "";

  /** By kind of challenge and name, the accounts that may be asked about it. */
  private final Map<AcmeConfig.Challenge, Map<String, Set<Account>>> asked =
      new EnumMap<>(AcmeConfig.Challenge.class);

  /**
   * @param certificates may have the same one several times
   * @param keys opens what is issued, as the configuration in use has it then
   */
  public Acme(
      Collection<CertificateConfig.Acme> certificates,
      CertificateInstaller installer,
      Supplier<KeyOpener> keys,
      GatewayMetrics metrics,
      AuditLog audit,
      Clock clock) {
    this.challenges = new ActiveChallenges(installer);
    // Names may be in several certificates, and an authority asks about one at a time.
    ReentrantLock turn = new ReentrantLock();
    for (CertificateConfig.Acme certificate : certificates) {
      Account account =
          accounts.computeIfAbsent(
              certificate.account().name(),
              n -> new Account(certificate.account(), keys, audit, clock));
      for (String name : certificate.names()) {
        asked
            .computeIfAbsent(certificate.account().challenge(), kind -> new HashMap<>())
            .computeIfAbsent(name, n -> new HashSet<>())
            .add(account);
      }
      renewers.computeIfAbsent(
          certificate.file(),
          file ->
              new CertificateRenewer(
                  certificate,
                  account,
                  challenges,
                  installer,
                  keys,
                  metrics.acme(account.name(), certificate.label()),
                  audit,
                  clock,
                  turn));
    }
    accounts.forEach((name, account) -> metrics.acmeLeads(name, account.leadership()::leads));
  }

  /**
   * Opens the accounts' keys, and makes those that are not there: so that a passphrase or a folder
   * that will not do is known before anything is served. Asks no authority.
   *
   * @param problems takes a line for everything that is wrong
   */
  public void prepare(List<String> problems) {
    accounts.values().forEach(account -> account.prepare(problems));
  }

  /**
   * Opens what {@link #prepare} would, and makes nothing: keys that are not there yet will be.
   *
   * @param problems takes a line for everything that is wrong
   */
  public void inspect(List<String> problems) {
    accounts.values().forEach(account -> account.inspect(problems));
  }

  /** Begins to keep certificates in order; once the listeners answer. */
  public void start() {
    accounts.values().forEach(account -> account.leadership().start());
    renewers
        .values()
        .forEach(
            renewer -> threads.add(Thread.ofVirtual().name("sallyport-acme-", 0).start(renewer)));
  }

  /**
   * Returns what a plain listener answers below {@code /.well-known/acme-challenge/}. Never blocks.
   *
   * @param host lower case
   * @return null when no authority was promised an answer to this
   */
  public @Nullable String answer(String host, String token) {
    return challenges.page(host, token);
  }

  /**
   * Looks for the answer to an HTTP challenge where another replica may have promised it. Never
   * blocks.
   *
   * @param host lower case
   * @return the end of the look, after which {@link #answer} knows; null where there is nothing to
   *     look for
   */
  public @Nullable CompletionStage<Void> lookForPage(String host, String token) {
    return SharedAnswers.isToken(token)
            && !challenges.isOwn(token)
            && isAsked(AcmeConfig.Challenge.HTTP_01, host)
        ? looks.ask()
        : null;
  }

  /**
   * Looks for the answer to a TLS challenge where another replica may have promised it. Never
   * blocks.
   *
   * @param name lower case
   * @return the end of the look, after which the listeners know; null where there is nothing to
   *     look for
   */
  public @Nullable CompletionStage<Void> lookForName(String name) {
    return isAsked(AcmeConfig.Challenge.TLS_ALPN_01, name) ? looks.ask() : null;
  }

  /** Returns whether another replica may order a certificate for a name. */
  private boolean isAsked(AcmeConfig.Challenge kind, String name) {
    for (Account account : asked.getOrDefault(kind, Map.of()).getOrDefault(name, Set.of())) {
      if (!account.leadership().leads()) {
        return true;
      }
    }
    return false;
  }

  private void look() {
    List<SharedAnswers.Answers> stores = new ArrayList<>();
    String trouble = "";
    for (Account account : accounts.values()) {
      try {
        stores.add(Sources.ofFile(account.answers().path(), account.answers()::read, late -> {}));
      } catch (IOException | UnusableFile unreadable) {
        trouble = account.name() + ": " + unreadable;
      }
    }
    // Requests may be many, and it is told once.
    if (!trouble.isEmpty() && !trouble.equals(lookTrouble)) {
      LOG.warn("challenges of other replicas cannot be answered: account {}", trouble);
    }
    lookTrouble = trouble;
    challenges.share(stores);
  }

  /**
   * Replica that orders from an account.
   *
   * @param replica {@code HOST/PROCESS}; empty where it is not known
   * @param isThis whether it is this gateway
   */
  public record Leader(String replica, boolean isThis) {}

  /** Returns the replica that orders from each account. */
  public Map<String, Leader> leaders() {
    Map<String, Leader> leaders = new LinkedHashMap<>();
    accounts.forEach(
        (name, account) ->
            leaders.put(
                name, new Leader(account.leadership().leader(), account.leadership().leads())));
    return leaders;
  }

  /** Gives up what is going on, and waits for it to end; what was issued is safe. */
  @Override
  public void close() {
    renewers.values().forEach(CertificateRenewer::stop);
    threads.forEach(Thread::interrupt);
    accounts.values().forEach(Account::close);
    for (Thread thread : threads) {
      try {
        if (!thread.join(LONGEST_STOP)) {
          LOG.warn("{} did not end within {}, and is left behind", thread.getName(), LONGEST_STOP);
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    // No order is in progress any more.
    accounts.values().forEach(account -> account.leadership().close());
  }
}
