package sallyport.credentials.acme;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.certificate.CertificateConfig;
import sallyport.credentials.keys.KeyOpener;
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
  }
}
