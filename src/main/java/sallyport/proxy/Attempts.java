package sallyport.proxy;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Pick;
import sallyport.cluster.PickContext;
import sallyport.cluster.limit.TryTimeout;
import sallyport.connect.ClientTransport;
import sallyport.connect.stream.ExclusiveConnection;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.proxy.stream.PinnedConnections;
import sallyport.proxy.stream.PinnedConnections.Pin;

/**
 * Sequence of attempts of one exchange: picks the next endpoint, decides on another attempt, and
 * keeps pinned connections.
 *
 * <p>Every call must run on the event loop of the exchange.
 */
final class Attempts {
  private final Exchange exchange;
  private final ClientTransport transport;
  private final PinnedConnections pins;
  private final ExchangeLog log;
  private final @Nullable String key;
  private final @Nullable Endpoint preferred;

  /** Endpoints of earlier attempts, the most recent one last. */
  private List<Endpoint> tried = List.of();

  /** The last of them where it serves, as only its connection was closing. */
  private @Nullable Endpoint again;

  private boolean triedAgain;
  private boolean pinned;

  /** Null where attempts have no time limit of their own. */
  private final @Nullable TryTimeout tries;

  private final Ticker ticker;

  /** Whether the present attempt ends as its time is over, and another one follows. */
  private boolean givenUp;

  /**
   * @param pins of the client's connection
   * @param key what the choice of an endpoint is hashed from; null without one
   * @param preferred the endpoint that the client keeps; null without one
   * @param pinned whether the exchange needs a connection that is pinned to the client
   * @param ticker the clock of timeouts
   */
  Attempts(
      Exchange exchange,
      ClientTransport transport,
      PinnedConnections pins,
      ExchangeLog log,
      @Nullable String key,
      @Nullable Endpoint preferred,
      boolean pinned,
      Ticker ticker) {
    this.exchange = exchange;
    this.transport = transport;
    this.pins = pins;
    this.log = log;
    this.key = key;
    this.preferred = preferred;
    this.pinned = pinned;
    this.ticker = ticker;
    long tryNanos = transport.cluster().tryNanos();
    this.tries = tryNanos == 0 ? null : new TryTimeout(tryNanos);
  }

  /** Returns the next attempt; fails the exchange and returns null without an endpoint for it. */
  @Nullable Attempt next() {
    // A login holds for its connection alone: if the client has a pinned one, no other is used.
    Pin pin = pinned ? pins.get(transport) : null;
    return switch (transport.cluster().pick(context(pin))) {
      case Pick.Picked picked -> attempt(picked, pin == null ? null : pin.connection());
      case Pick.NoneHealthy none -> refused(Failure.Gateway.NO_ENDPOINT);
      case Pick.Overloaded overloaded -> refused(Failure.Upstream.REQUEST_LIMIT);
    };
  }

  private PickContext context(@Nullable Pin pin) {
    boolean first = tried.isEmpty();
    if (pin != null) {
      return PickContext.boundTo(pin.endpoint(), first);
    }
    PickContext context =
        !first
            ? PickContext.after(tried, key, again)
            : key == null ? PickContext.FIRST : PickContext.first(key);
    return preferred == null ? context : context.preferring(preferred);
  }

  /** Returns the endpoint that the client keeps; null without one. */
  @Nullable Endpoint preferred() {
    return preferred;
  }

  private Attempt attempt(Pick.Picked picked, @Nullable ExclusiveConnection pin) {
    log.attempts++;
    log.responseFault = null;
    log.endpoint = picked.endpoint().name();
    log.address = picked.endpoint().address();
    if (tries != null) {
      tries.next();
    }
    return new Attempt(exchange, transport, picked, pin);
  }

  private @Nullable Attempt refused(Failure failure) {
    exchange.fail(failure);
    return null;
  }

  /**
   * Returns whether the backend can serve an attempt: a pinned exchange needs an exclusive
   * connection.
   */
  boolean canServe(Attempt attempt) {
    return !pinned || attempt.isOverPin() || transport.canPin();
  }

  /**
   * Returns whether an attempt waits for a connection at its endpoint, as no other attempt may
   * follow, or no other endpoint is left that is not ejected.
   */
  boolean isPatient(Attempt attempt) {
    Cluster cluster = transport.cluster();
    return (left(cluster) <= 0 && !leadsToBackup(cluster))
        || !cluster.hasOther(tried, attempt.endpoint());
  }

  /** Returns the number of attempts that may follow. */
  private int left(Cluster cluster) {
    return cluster.maxAttempts() - log.attempts;
  }

  /** Returns whether attempts may follow in any number, as a backup is tried after all others. */
  private boolean leadsToBackup(Cluster cluster) {
    return cluster.maxAttempts() > 1 && cluster.hasUntriedBackup(tried);
  }

  /**
   * Records a failed attempt.
   *
   * @param serves whether the endpoint serves, and only the connection was closing
   */
  void failed(Attempt attempt, boolean serves) {
    // Once: an endpoint that goes on ending connections gives way to others.
    again = serves && !triedAgain ? attempt.endpoint() : null;
    triedAgain |= serves;
    if (tried.isEmpty()) {
      tried = new ArrayList<>(2);
    }
    tried.remove(attempt.endpoint());
    tried.add(attempt.endpoint());
  }

  /**
   * Returns whether another attempt is allowed after one that failed before its response, and takes
   * it from the budget of the backend.
   *
   * @param reused whether its connection had carried an exchange before
   * @param bodySent whether any part of the body was sent
   */
  boolean mayRetry(
      Attempt failed,
      Failure.Upstream failure,
      HttpMethod method,
      boolean reused,
      boolean bodySent) {
    if (givenUp) {
      givenUp = false;
      return true;
    }
    // The client is authenticated on that connection alone: another attempt could not use it.
    boolean bound = pinned && (failed.isOverPin() || !failure.nothingSent());
    Cluster cluster = transport.cluster();
    if (bound
        || !RetryPolicy.mayRetry(
            failure,
            method,
            left(cluster),
            cluster.hasUntried(tried),
            leadsToBackup(cluster),
            reused,
            bodySent)) {
      return false;
    }
    return RetryPolicy.isFree(failure) || takesRetry(failed);
  }

  private boolean takesRetry(Attempt after) {
    if (transport.cluster().tryRetry()) {
      return true;
    }
    after.metrics().retryDenied();
    return false;
  }

  // ---- time

  /**
   * Returns how long the present attempt may wait for the head of a response.
   *
   * @param responseNanos the time of all attempts
   */
  long timeout(long responseNanos) {
    return tries == null ? responseNanos : tries.left(ticker.nanoTime(), responseNanos);
  }

  /** Gives the present attempt the time of a response, as its endpoint has sent an interim one. */
  void interim() {
    if (tries != null) {
      tries.renew();
    }
  }

  /**
   * Decides on an attempt whose {@link #timeout} is over, and takes another one from the budget of
   * the backend. Where none may follow, to an available endpoint that was not tried, the attempt
   * goes on.
   *
   * @return false if it goes on
   */
  boolean givesUp(Attempt attempt, HttpMethod method, boolean bodySent) {
    if (tries == null || tries.isOver(ticker.nanoTime())) {
      return true;
    }
    Cluster cluster = transport.cluster();
    givenUp =
        !pinned
            && RetryPolicy.mayGiveUp(method, left(cluster), bodySent)
            && cluster.hasOther(tried, attempt.endpoint())
            && takesRetry(attempt);
    if (!givenUp) {
      tries.waitOn();
    }
    return givenUp;
  }

  /** Returns whether the present attempt ends as {@link #givesUp} has said. */
  boolean isGivenUp() {
    return givenUp;
  }

  // ---- pinned connections

  /** Returns whether the exchange uses a connection that is pinned to the client's connection. */
  boolean isPinned() {
    return pinned;
  }

  /** Pins the connection of an attempt to the client. */
  void pin(Attempt attempt, @Nullable ExclusiveConnection connection) {
    pinned = true;
    log.pinned = true;
    if (!attempt.isOverPin() && connection != null) {
      pins.put(transport, attempt.endpoint(), connection);
      attempt.metrics().pinned();
    }
  }
}
