package sallyport.connect.pool;

import io.netty.channel.EventLoop;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.observe.metrics.UpstreamMetrics;

/**
 * Connections from one event loop to one endpoint that can take an exchange: idle ones of HTTP/1.1,
 * and sessions of HTTP/2. Every call must run on that loop.
 */
public final class ConnectionPool {
  private final EventLoop loop;
  private final Endpoint endpoint;
  private final UpstreamMetrics metrics;
  private final Http1Pool http1;
  private final Http2Pool http2;

  /** Exchanges that wait until the endpoint may have one more connection. */
  private final PlaceQueue places;

  /** Places of the endpoint that connections of this event loop have. */
  private int open;

  /** The places that each event loop may keep while others wait for one. */
  private final int share;

  private boolean closed;

  /** Whether the endpoint has left its cluster: no connection is kept for later exchanges. */
  private boolean left;

  /** Counts how often everything that was open has been given up. */
  private int generation;

  /**
   * @param share places that it may keep while other event loops wait for one, at least one
   * @param maxIdle connections of HTTP/1.1 that are kept
   * @param http2Only whether nothing else will do
   * @param opener opens a connection whose place has been taken
   * @param reclaimer asks all pools of the endpoint for the place of an idle connection
   */
  public ConnectionPool(
      EventLoop loop,
      Endpoint endpoint,
      int share,
      int maxIdle,
      boolean http2Only,
      UpstreamMetrics metrics,
      Consumer<Waiting> opener,
      Consumer<ConnectionPool> reclaimer) {
    this.loop = loop;
    this.endpoint = endpoint;
    this.share = share;
    this.metrics = metrics;
    this.http1 = new Http1Pool(maxIdle, metrics);
    this.http2 = new Http2Pool(http2Only);
    this.places = new PlaceQueue(endpoint, loop, metrics, opener, () -> reclaimer.accept(this));
  }

  /** Counts a place that was taken. */
  public void placeTaken() {
    open++;
  }

  /** Counts a place that was released. */
  public void placeGivenBack() {
    open--;
  }

  public EventLoop loop() {
    return loop;
  }

  /**
   * Waits until the endpoint may have one more connection, or one that it has is free.
   *
   * @return false, without a wait, when as many exchanges wait as may
   */
  public boolean awaitPlace(Waiting exchange) {
    return places.add(exchange);
  }

  /** Waits for that no more; false when it did not. */
  public boolean stopAwaitingPlace(Waiting exchange) {
    return places.remove(exchange);
  }

  /** Returns the sessions of HTTP/2, with the connections that may become one. */
  public Http2Pool http2() {
    return http2;
  }

  /** Returns a live idle connection of HTTP/1.1; null when a new one has to be opened. */
  public @Nullable Http1Connection poll() {
    assert loop.inEventLoop();
    return http1.poll(generation);
  }

  /**
   * Gives the connection to an exchange that waits for one, or keeps it for the next; closes it
   * where there are enough. Where another event loop waits for its place, that comes before the
   * next, and before those that wait here if this event loop has more than its share.
   */
  public void release(Http1Connection connection) {
    assert loop.inEventLoop();
    if (closed || connection.isOutdated(generation)) {
      connection.close();
      return;
    }
    if (endpoint.isAwaited() && open > share && places.isOutsideWaiting()) {
      connection.close();
      return;
    }
    Waiting waiting = places.next(any -> true);
    if (waiting != null) {
      metrics.reused();
      waiting.succeeded(connection);
    } else if (left || http1.isFull() || endpoint.isAwaited()) {
      connection.close();
    } else {
      http1.add(connection);
    }
  }

  /** Hands the room of a session to exchanges that wait, or its place to another connection. */
  public void released(Http2Session session) {
    assert loop.inEventLoop();
    while (session.hasRoom()) {
      Waiting waiting = places.next(pending -> !pending.http1());
      if (waiting == null) {
        break;
      }
      metrics.reused();
      session.open(waiting);
    }
    if (session.isIdle() && (left || endpoint.isAwaited())) {
      session.retire();
    }
  }

  /**
   * Closes a connection that is idle, the one that has been idle longest, for the sake of its
   * place.
   *
   * @return false when there is none
   */
  public boolean giveUpIdle() {
    assert loop.inEventLoop();
    return http1.giveUpIdle() || http2.giveUpIdle();
  }

  /**
   * Ends the wait for a connection that might have spoken HTTP/2: it was opened, or could not be.
   *
   * @param session null when it speaks HTTP/1.1 or did not come about
   * @param begun {@link #generation} when it was begun
   * @return those who waited for it and have no connection yet
   */
  public List<Waiting> opened(@Nullable Http2Session session, int begun) {
    assert loop.inEventLoop();
    if (session != null) {
      http2.opened(session, /* kept= */ !closed && begun == generation);
    }
    return http2.settled(session);
  }

  /** Removes a session that takes no more exchanges. */
  void remove(Http2Session session) {
    assert loop.inEventLoop();
    http2.remove(session);
  }

  /** Removes a connection that closed. */
  void remove(Http1Connection connection) {
    assert loop.inEventLoop();
    http1.remove(connection);
  }

  /**
   * Returns the generation of connections that are begun now; they may stay until the next {@link
   * #renew}.
   */
  public int generation() {
    return generation;
  }

  /**
   * Retires all connections, because their identity or trust is no longer in use: closes idle ones,
   * and each connection in use after its exchange.
   */
  public void renew() {
    assert loop.inEventLoop();
    generation++;
    giveUpAll();
  }

  private void giveUpAll() {
    http2.giveUpAll();
    http1.giveUpAll();
  }

  /**
   * Closes what is idle, and each connection in use after its exchange, because the endpoint has
   * left its cluster. Exchanges that have chosen it before get a connection nevertheless.
   */
  public void leave() {
    assert loop.inEventLoop();
    left = true;
    giveUpAll();
  }

  /** Returns whether it has no connection, and no exchange that waits for one. */
  public boolean isUnused() {
    return open == 0 && places.isEmpty();
  }

  /** Closes what is idle, and from now on each connection that is released. */
  public void close() {
    assert loop.inEventLoop();
    closed = true;
    giveUpAll();
  }
}
