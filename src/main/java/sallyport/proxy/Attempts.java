package sallyport.proxy;

import sallyport.proxy.stream.PinnedConnections;

import io.netty.handler.codec.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Pick;
import sallyport.cluster.PickContext;
import sallyport.connect.ClientTransport;
import sallyport.connect.stream.ExclusiveConnection;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.proxy.stream.PinnedConnections.Pin;

/**
 * The attempts of one exchange, one after the other: which endpoint is next, whether there may be
 * another attempt, and whether it needs a connection of the client's own.
 *
 * <p>Every call must run on the event loop of the exchange.
 */
final class Attempts {
  private final Exchange exchange;
  private final ClientTransport transport;
  private final PinnedConnections pins;
  private final ExchangeLog log;

  /** Endpoints of earlier attempts, the last one last. */
  private List<Endpoint> tried = List.of();

  private boolean pinned;

  /**
   * @param pins of the client's connection
   * @param pinned whether the exchange needs a connection of the client's own
   */
  Attempts(
      Exchange exchange,
      ClientTransport transport,
      PinnedConnections pins,
      ExchangeLog log,
      boolean pinned) {
    this.exchange = exchange;
    this.transport = transport;
    this.pins = pins;
    this.log = log;
    this.pinned = pinned;
  }

  /** Begins the next attempt, or fails the exchange where no endpoint takes it. */
  @Nullable Attempt next() {
    // Where this client's connection has a connection of its own, no other will do.
    Pin pin = pinned ? pins.get(transport) : null;
    PickContext context =
        pin != null ? PickContext.boundTo(pin.endpoint()) : PickContext.after(tried);
    return switch (transport.cluster().pick(context)) {
      case Pick.Picked picked -> attempt(picked, pin == null ? null : pin.connection());
      case Pick.NoneHealthy none -> refused(Failure.Gateway.NO_ENDPOINT);
      case Pick.Overloaded overloaded -> refused(Failure.Upstream.CONNECTION_LIMIT);
    };
  }

  private Attempt attempt(Pick.Picked picked, @Nullable ExclusiveConnection pin) {
    log.attempts++;
    log.responseFault = null;
    log.endpoint = picked.endpoint().name();
    log.address = "";
    return new Attempt(exchange, transport, picked, pin);
  }

  private @Nullable Attempt refused(Failure failure) {
    exchange.fail(failure);
    return null;
  }

  /** Whether the backend can give an attempt what it needs: a connection of the client's own. */
  boolean canServe(Attempt attempt) {
    return !pinned || attempt.isOverPin() || transport.canPin();
  }

  /** Whether an attempt is to wait for room at its endpoint: no other endpoint may have some. */
  boolean isPatient() {
    return tried.size() + 1 >= transport.cluster().endpoints().size();
  }

  /** Notes that an attempt has failed. */
  void failed(Attempt attempt) {
    if (tried.isEmpty()) {
      tried = new ArrayList<>(2);
    }
    tried.remove(attempt.endpoint());
    tried.add(attempt.endpoint());
  }

  /**
   * Whether there may be another attempt after one that failed before its response.
   *
   * @param reused whether it went over a connection that had served before
   * @param bodySent whether any part of the body was sent
   */
  boolean mayRetry(
      Attempt failed,
      Failure.Upstream failure,
      HttpMethod method,
      boolean reused,
      boolean bodySent) {
    // Who the client is, is known on the one connection alone; another must not be asked in its
    // place.
    boolean bound = pinned && (failed.isOverPin() || !failure.nothingSent());
    int untried = transport.cluster().endpoints().size() - tried.size();
    return !bound && RetryPolicy.mayRetry(failure, method, log.attempts, untried, reused, bodySent);
  }

  // ---- connections of the client's own

  /** Whether the exchange goes over a connection that is the client connection's own. */
  boolean isPinned() {
    return pinned;
  }

  /** Keeps the connection of an attempt for this client alone. */
  void pin(Attempt attempt, @Nullable ExclusiveConnection connection) {
    pinned = true;
    log.pinned = true;
    if (!attempt.isOverPin() && connection != null) {
      pins.put(transport, attempt.endpoint(), connection);
      attempt.metrics().pinned();
    }
  }
}
