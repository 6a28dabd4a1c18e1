package sallyport.credentials.acme;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.RenewalInfo;
import org.shredzone.acme4j.exception.AcmeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.certificate.CertificateConfig;
import sallyport.credentials.certificates.CertificateInfo;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeptKeys;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnansweredSource;
import sallyport.credentials.sources.UnusableFile;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.AcmeMetrics;

/**
 * Renewal of one certificate, on a thread of its own, while this replica leads: waits until it is
 * time, orders, verifies what came, replaces the file, and has it used. A failure at any step
 * leaves the old one in place.
 */
final class CertificateRenewer implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(CertificateRenewer.class);

  /** Clocks may be set, and machines may sleep: time is looked at this often at least. */
  private static final Duration LONGEST_SLEEP = Duration.ofHours(1);

  private final CertificateConfig.Acme certificate;
  private final Account account;
  private final ActiveChallenges challenges;
  private final CertificateInstaller installer;
  private final Supplier<KeyOpener> keys;
  private final AcmeMetrics metrics;
  private final AuditLog audit;
  private final Clock clock;
  private final ReentrantLock turn;
  private final RenewalPlan plan;
  private final Backoff backoff;

  private boolean inUse = true;
  private boolean leading;
  private Instant notBefore = Instant.MIN;
  private Instant announced = Instant.MIN;
  private volatile boolean stopped;

  /**
   * @param turn shared by all, so that one order is placed at a time
   */
  CertificateRenewer(
      CertificateConfig.Acme certificate,
      Account account,
      ActiveChallenges challenges,
      CertificateInstaller installer,
      Supplier<KeyOpener> keys,
      AcmeMetrics metrics,
      AuditLog audit,
      Clock clock,
      ReentrantLock turn) {
    this.certificate = certificate;
    this.account = account;
    this.challenges = challenges;
    this.installer = installer;
    this.keys = keys;
    this.metrics = metrics;
    this.audit = audit;
    this.clock = clock;
    this.turn = turn;
    this.plan = new RenewalPlan(certificate.names(), certificate.account().renewal());
    this.backoff = new Backoff(certificate.account().renewal());
  }

  /** Ends {@link #run} soon; interrupt its thread as well. */
  void stop() {
    stopped = true;
  }

  @Override
  public void run() {
    try {
      while (!stopped) {
        step();
      }
    } catch (InterruptedException interrupted) {
      // Told to stop.
    } catch (RuntimeException unexpected) {
      LOG.error("{} is not renewed any more: restart the gateway", this, unexpected);
    }
  }

  private void step() throws InterruptedException {
    if (!account.leadership().leads() && inUse) {
      follow();
      return;
    }
    if (!leading) {
      leading = true;
      now(stored());
    }
    Instant now = clock.instant();
    if (inUse && plan.mayLook(now)) {
      ask(now);
    }
    Instant due = inUse ? plan.due() : Instant.MIN;
    if (due.isBefore(notBefore)) {
      due = notBefore;
    }
    if (!due.isAfter(now)) {
      attempt();
      return;
    }
    if (!due.equals(announced)) {
      announced = due;
      metrics.next(due);
      LOG.info("{}: ordered next at {}", this, due);
    }
    Instant wake = now.plus(LONGEST_SLEEP);
    wake = due.isBefore(wake) ? due : wake;
    wake = inUse && plan.nextLook().isBefore(wake) ? plan.nextLook() : wake;
    if (wake.isAfter(now)) {
      account.leadership().awaitChange(true, Duration.between(now, wake));
    }
  }

  /**
   * Waits while another replica orders. What it writes is taken up as any file of a certificate is.
   */
  private void follow() throws InterruptedException {
    leading = false;
    announced = Instant.MIN;
    metrics.follows();
    account.leadership().awaitChange(false, LONGEST_SLEEP);
  }

  private @Nullable X509Certificate stored() {
    Path file = certificate.file();
    try {
      return Sources.exists(file) ? Certificates.readChain(file).getFirst() : null;
    } catch (UnansweredSource hangs) {
      // As it was known: that is no reason for another order.
      return plan.current();
    } catch (UnusableFile broken) {
      // It was opened at the start, or there would be none.
      return null;
    }
  }

  /** Returns whether the store has another certificate than the known one, and plans for it. */
  private boolean replacedByAnother() {
    X509Certificate found = stored();
    if (found == null || found.equals(plan.current())) {
      return false;
    }
    now(found);
    return true;
  }

  private void checkLeads() throws OrderFailedException {
    if (!account.leadership().leads()) {
      throw new OrderFailedException(
          "lease",
          "another replica may order by now: the store did not take a renewal of the lease");
    }
  }

  private void now(@Nullable X509Certificate current) {
    plan.now(current, ThreadLocalRandom.current().nextDouble());
  }

  /** Asks the authority when to renew, where it has an opinion (RFC 9773). */
  private void ask(Instant now) {
    Authority authority = account.authority();
    try {
      X509Certificate leaf = plan.current();
      if (leaf != null && authority.suggestsRenewals()) {
        RenewalInfo info = account.anonymous(authority).bindRenewalInfo(leaf);
        Instant again = info.fetch().orElse(null);
        plan.suggestion(now, info.getSuggestedWindowStart(), info.getSuggestedWindowEnd(), again);
        return;
      }
    } catch (AcmeException | RuntimeException noAnswer) {
      if (!stopped) {
        LOG.info("{}: the authority does not say when to renew: {}", this, detail(noAnswer));
      }
    }
    plan.noSuggestion(now);
  }

  private static String detail(Exception cause) {
    return OrderFailedException.of(cause).detail();
  }

  private void attempt() throws InterruptedException {
    turn.lockInterruptibly();
    Authority authority = account.authority();
    try {
      if (inUse && (!account.leadership().leads() || replacedByAnother())) {
        return;
      }
      if (inUse) {
        order(authority);
      }
      use();
      backoff.succeeded();
      // Against its own dates, a certificate is not renewed the moment it was issued.
      notBefore = clock.instant().plus(certificate.account().renewal().retryFirst());
    } catch (OrderFailedException
        | AcmeException
        | IOException
        | UnusableFile
        | RuntimeException failure) {
      if (!stopped) {
        failed(failure, authority.retryAfter());
      }
    } finally {
      turn.unlock();
    }
  }

  private void order(Authority authority)
      throws OrderFailedException, AcmeException, IOException, UnusableFile, InterruptedException {
    final KeyPair key = NewKeys.of(certificate.keys());
    X509Certificate replaced = authority.suggestsRenewals() ? plan.current() : null;
    Issuance issuance =
        new Issuance(
            certificate.names(),
            certificate.account().challenge(),
            account.login(authority),
            challenges,
            account.answers(),
            this::checkLeads);
    audit.record(new AuditEvent.AcmeOrdered(account.name(), certificate.names()));
    List<X509Certificate> chain = issuance.run(key, replaced);
    Path draft = KeptKeys.draftOf(certificate.file());
    KeptKeys.write(draft, key.getPrivate(), chain, certificate.account().passphrase());
    CertificateInfo info;
    try {
      info = proven(draft).info();
      checkLeads();
      KeptKeys.commit(draft, certificate.file());
    } finally {
      Files.deleteIfExists(draft);
    }
    inUse = false;
    boolean renewed = plan.current() != null;
    metrics.issued(renewed);
    audit.record(
        new AuditEvent.AcmeIssued(
            account.name(),
            certificate.names(),
            renewed,
            info.fingerprint(),
            info.serial(),
            info.notAfter()));
    now(chain.getFirst());
  }

  /**
   * Opens and checks a draft as any certificate is checked before use; called before it replaces
   * the old one.
   */
  KeyMaterial proven(Path draft) throws OrderFailedException {
    List<String> problems = new ArrayList<>();
    KeyMaterial material = keys.get().open(certificate.in(draft), role(), problems);
    if (material == null) {
      throw new OrderFailedException("unfit", String.join("; ", problems));
    }
    if (!RenewalPlan.covers(material.leaf(), certificate.names())) {
      throw new OrderFailedException("unfit", "it is for other names: " + material.info().names());
    }
    return material;
  }

  private Role role() {
    return switch (certificate.purpose()) {
      case LISTENER -> Role.SERVER;
      case BACKEND -> Role.CLIENT;
    };
  }

  private void use() throws OrderFailedException {
    List<String> problems = installer.use(certificate.file());
    if (!problems.isEmpty()) {
      throw new OrderFailedException("unused", String.join("; ", problems));
    }
    inUse = true;
    LOG.info("{}: a new certificate is in use", this);
  }

  private void failed(Exception failure, @Nullable Instant wish) {
    OrderFailedException orderFailure =
        switch (failure) {
          case IOException cannotWrite -> new OrderFailedException("store", cannotWrite.toString());
          case UnusableFile noPassphrase ->
              new OrderFailedException("store", String.valueOf(noPassphrase.getMessage()));
          default -> OrderFailedException.of(failure);
        };
    notBefore = backoff.failed(clock.instant(), wish, ThreadLocalRandom.current().nextDouble());
    metrics.failed(orderFailure.word());
    LOG.warn(
        "{}: no new certificate: {} ({}); tried again at {}",
        this,
        orderFailure.detail(),
        orderFailure.word(),
        notBefore);
    audit.record(
        new AuditEvent.AcmeFailed(
            account.name(),
            certificate.names(),
            orderFailure.word(),
            orderFailure.detail(),
            notBefore));
  }

  /** Returns a description for people. */
  @Override
  public String toString() {
    return "account " + account.name() + ", " + String.join(", ", certificate.names());
  }
}
