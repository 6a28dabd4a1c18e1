package sallyport.loadtest;

import static io.gatling.javaapi.core.CoreDsl.asLongAsDuring;
import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * More new clients than can be served. The capacity is what a crowd gets that waits for its
 * answers; then a multiple of it comes, whether it is answered or not, and each client leaves after
 * a while. Those that are served in time must be as many as the capacity, or nearly: work for
 * clients that leave is wasted.
 */
public final class Overload extends Simulation {
  private static final int WARM_UP = Settings.seconds("overload.warm-up", 3);
  private static final int CAPACITY = Settings.duration("overload.capacity", 4, 600);
  private static final int DURATION = Settings.duration("overload.duration", 8, 600);
  private static final int CLIENTS = Settings.number("overload.clients", 64, 1, 1_000);
  private static final int PERCENT = Settings.number("overload.percent", 200, 10, 1_000);
  private static final int PATIENCE = Settings.millis("overload.patience", 2_000);
  private static final int LEAST = Settings.percent("overload.least", 50);
  private static final int MOST = Settings.number("overload.most", 1_000, 1, 100_000);

  private static final String SERVED = LEAST + "% of the capacity was served in the overload";

  private final Target target = Target.fromProperties();
  private final Strangers first = strangers();
  private final Strangers crowd = strangers();
  private final Strangers overload = strangers();

  /** Sets up the scenario; Gatling calls it. */
  public Overload() {
    Settings.boundConnections(MOST * (double) (WARM_UP + CAPACITY + DURATION));
    PopulationBuilder all =
        scenario("Overload")
            .exec(
                phase(first, CAPACITY, it -> it.crowd(CLIENTS, Duration.ofSeconds(WARM_UP))),
                phase(crowd, CAPACITY, it -> it.crowd(CLIENTS, Duration.ofSeconds(CAPACITY))),
                phase(overload, DURATION, it -> it.come(offered(), Duration.ofSeconds(DURATION))),
                exec(this::tell))
            .injectOpen(atOnceUsers(1))
            .protocols(Clients.keepAlive(target.baseUrl()));
    setUp(Claim.measured(SERVED, target, all, this::finding))
        .assertions(details(Claim.name(SERVED)).failedRequests().count().is(0L));
  }

  private Strangers strangers() {
    return new Strangers(target, Authority.pem(), Duration.ofMillis(PATIENCE));
  }

  private static ChainBuilder phase(
      Strangers strangers, int seconds, Consumer<Strangers> beginning) {
    return exec(session -> {
          beginning.accept(strangers);
          return session;
        })
        .exec(
            asLongAsDuring(
                    session -> strangers.areGoingOn(),
                    Duration.ofSeconds(seconds).plus(Duration.ofMinutes(1)))
                .on(pause(Duration.ofMillis(100))));
  }

  private int capacity() {
    return crowd.served() / CAPACITY;
  }

  private int offered() {
    return Math.clamp(capacity() * (long) PERCENT / 100, 1, MOST);
  }

  /** Before the claim, whose request a server that is still at work may not answer. */
  private Session tell(Session session) {
    first.stop();
    crowd.stop();
    overload.stop();
    System.out.printf(
        "overload: capacity %d/s, offered %d/s, served %d/s within %d ms, %d %% of the capacity%n",
        capacity(), offered(), served(), PATIENCE, served() * 100 / Math.max(capacity(), 1));
    return session;
  }

  private int served() {
    return overload.served() / DURATION;
  }

  private String finding() {
    return served() * 100L >= capacity() * (long) LEAST
        ? Claim.HOLDS
        : "%d a second of %d".formatted(served(), capacity());
  }
}
