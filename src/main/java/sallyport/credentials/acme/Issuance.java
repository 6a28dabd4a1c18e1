package sallyport.credentials.acme;

import java.io.IOException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Authorization;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.Order;
import org.shredzone.acme4j.OrderBuilder;
import org.shredzone.acme4j.PollableResource;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeServerException;
import sallyport.config.certificate.AcmeConfig;
import sallyport.credentials.acme.store.SharedAnswers;

/**
 * Order of one certificate, from its names to a chain (RFC 8555 section 7.4).
 *
 * <p>For one thread; blocks.
 */
final class Issuance {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration FIRST_LOOK = Duration.ofMillis(200);
  private static final Duration LONGEST_LOOK = Duration.ofSeconds(10);
  private static final Set<Status> DECIDED = Set.of(Status.VALID, Status.INVALID);

  private final List<String> names;
  private final AcmeConfig.Challenge kind;
  private final Login login;
  private final ActiveChallenges challenges;
  private final SharedAnswers store;
  private final Permit permit;

  /** Check before each step that an authority counts. */
  interface Permit {
    /**
     * @throws OrderFailedException when another replica may order by now
     */
    void check() throws OrderFailedException;
  }

  /**
   * @param store of the account
   */
  Issuance(
      List<String> names,
      AcmeConfig.Challenge kind,
      Login login,
      ActiveChallenges challenges,
      SharedAnswers store,
      Permit permit) {
    this.names = names;
    this.kind = kind;
    this.login = login;
    this.challenges = challenges;
    this.store = store;
    this.permit = permit;
  }

  /**
   * @param key that the certificate is for
   * @param replaced the certificate that it takes over from, for authorities that want to know (RFC
   *     9773 section 5); null for none
   * @return the leaf first
   * @throws OrderFailedException when the authority says no, or this replica may not order any more
   * @throws IOException when the store cannot be written to
   */
  List<X509Certificate> run(KeyPair key, @Nullable X509Certificate replaced)
      throws OrderFailedException, AcmeException, IOException, InterruptedException {
    permit.check();
    Order order = order(replaced);
    for (Authorization authorization : order.getAuthorizations()) {
      prove(authorization);
    }
    await(order, Set.of(Status.READY, Status.VALID, Status.INVALID));
    if (order.getStatus() == Status.READY) {
      permit.check();
      order.execute(key);
      await(order, DECIDED);
    }
    if (order.getStatus() != Status.VALID) {
      throw OrderFailedException.of(order.getError().orElse(null));
    }
    return List.copyOf(order.getCertificate().getCertificateChain());
  }

  private Order order(@Nullable X509Certificate replaced) throws AcmeException {
    if (replaced != null) {
      try {
        return builder().replaces(replaced).create();
      } catch (AcmeServerException refused) {
        // It may have been replaced before, or be of another authority: that is no reason to stop.
        if (OrderFailedException.typeOf(refused.getProblem()).equals("rateLimited")) {
          throw refused;
        }
      }
    }
    return builder().create();
  }

  private OrderBuilder builder() {
    return login.newOrder().domains(names);
  }

  private void prove(Authorization authorization)
      throws OrderFailedException, AcmeException, IOException, InterruptedException {
    if (authorization.getStatus() == Status.VALID) {
      return;
    }
    String name = authorization.getIdentifier().getDomain();
    Challenge challenge =
        authorization
            .<Challenge>findChallenge(kind.label())
            .orElseThrow(
                () ->
                    new OrderFailedException(
                        "other",
                        "the authority has no " + kind.label() + " challenge for " + name));
    permit.check();
    try (ActiveChallenges.Promise promise = challenges.to(challenge, name, store)) {
      challenge.trigger();
      await(authorization, DECIDED);
    }
    if (authorization.getStatus() != Status.VALID) {
      throw OrderFailedException.of(
          authorization
              .<Challenge>findChallenge(kind.label())
              .flatMap(Challenge::getError)
              .orElse(null));
    }
  }

  /** Looks often at first, since most is decided at once, unless the authority says how often. */
  private static void await(PollableResource resource, Set<Status> until)
      throws OrderFailedException, AcmeException, InterruptedException {
    long giveUp = System.nanoTime() + PATIENCE.toNanos();
    Duration pause = FIRST_LOOK;
    while (!until.contains(resource.getStatus())) {
      if (System.nanoTime() - giveUp > 0) {
        throw new OrderFailedException(
            "timeout", "the authority has not decided within " + PATIENCE);
      }
      Thread.sleep(pause);
      Instant asked = Instant.now();
      Duration wished = resource.fetch().map(at -> Duration.between(asked, at)).orElse(null);
      pause = shorter(pause.multipliedBy(2), LONGEST_LOOK);
      if (wished != null && wished.compareTo(pause) > 0) {
        pause = shorter(wished, PATIENCE);
      }
    }
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
