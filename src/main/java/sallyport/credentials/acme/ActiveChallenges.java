package sallyport.credentials.acme;

import java.io.IOException;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.challenge.Http01Challenge;
import org.shredzone.acme4j.challenge.TlsAlpn01Challenge;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.credentials.acme.store.SharedAnswers;

/**
 * Open challenges, which are answered for no longer than authorities may ask: own ones, and those
 * of other replicas as they were in the stores at the last look. An own one is preferred.
 */
final class ActiveChallenges {
  private static final Logger LOG = LoggerFactory.getLogger(ActiveChallenges.class);

  /** Handle that withdraws a promise. */
  interface Promise extends AutoCloseable {
    @Override
    void close();
  }

  private final Map<String, SharedAnswers.Page> pages = new ConcurrentHashMap<>();
  private volatile Map<String, SharedAnswers.Page> sharedPages = Map.of();
  private final CertificateInstaller installer;

  /** Guards the names that listeners answer by TLS. */
  private final ReentrantLock names = new ReentrantLock();

  private final Set<String> ownNames = new HashSet<>();
  private final Map<String, String> sharedNames = new HashMap<>();

  ActiveChallenges(CertificateInstaller installer) {
    this.installer = installer;
  }

  /**
   * Promises an answer, by this replica and by those that share the store.
   *
   * @param name that the authority asks about, lower case
   * @param store of the account
   * @throws IOException when the store cannot be written to
   */
  Promise to(Challenge challenge, String name, SharedAnswers store)
      throws OrderFailedException, IOException {
    return switch (challenge) {
      case Http01Challenge http -> {
        SharedAnswers.Page page = new SharedAnswers.Page(name, http.getAuthorization());
        store.add(http.getToken(), page);
        pages.put(http.getToken(), page);
        yield () -> {
          pages.remove(http.getToken());
          quietly(() -> store.remove(http.getToken()));
        };
      }
      case TlsAlpn01Challenge tls -> {
        store.addValidation(name, tls.getAcmeValidation());
        promise(name, tls.getAcmeValidation());
        yield () -> {
          withdraw(name);
          quietly(() -> store.removeValidation(name));
        };
      }
      default ->
          throw new OrderFailedException(
              "protocol", "no challenge of ours: " + challenge.getType());
    };
  }

  private void promise(String name, byte[] validation) {
    names.lock();
    try {
      ownNames.add(name);
      sharedNames.remove(name);
      show(name, validation);
    } finally {
      names.unlock();
    }
  }

  private void show(String name, byte[] validation) {
    ChallengeCertificate shown = ChallengeCertificate.of(name, validation);
    installer.promise(name, shown.key(), shown.certificate());
  }

  private void withdraw(String name) {
    names.lock();
    try {
      ownNames.remove(name);
      installer.withdraw(name);
    } finally {
      names.unlock();
    }
  }

  /** Deletion in a store. */
  private interface Deletion {
    void run() throws IOException;
  }

  private static void quietly(Deletion deletion) {
    try {
      deletion.run();
    } catch (IOException remains) {
      LOG.warn("an answer to a challenge remains in the store: {}", remains.toString());
    }
  }

  /** Answers as the stores have it from now on. */
  void share(Collection<SharedAnswers.Answers> stores) {
    Map<String, SharedAnswers.Page> nextPages = new HashMap<>();
    Map<String, String> nextNames = new HashMap<>();
    for (SharedAnswers.Answers each : stores) {
      nextPages.putAll(each.pages());
      nextNames.putAll(each.validations());
    }
    sharedPages = Map.copyOf(nextPages);
    names.lock();
    try {
      nextNames.keySet().removeAll(ownNames);
      for (String gone : Set.copyOf(sharedNames.keySet())) {
        if (!nextNames.containsKey(gone)) {
          sharedNames.remove(gone);
          installer.withdraw(gone);
        }
      }
      nextNames.forEach(
          (name, validation) -> {
            if (!validation.equals(sharedNames.put(name, validation))) {
              show(name, Base64.getUrlDecoder().decode(validation));
            }
          });
    } finally {
      names.unlock();
    }
  }

  /** Returns whether the answer to an HTTP challenge is an own one. */
  boolean isOwn(String token) {
    return pages.containsKey(token);
  }

  @Nullable String page(String host, String token) {
    SharedAnswers.Page page = pages.get(token);
    if (page == null) {
      page = sharedPages.get(token);
    }
    return page == null || !page.host().equals(host) ? null : page.text();
  }
}
