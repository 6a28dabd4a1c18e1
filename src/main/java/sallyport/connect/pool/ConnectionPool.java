package sallyport.connect.pool;

import io.netty.channel.EventLoop;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.observe.metrics.UpstreamMetrics;

/**
 * Connections from one event loop to one endpoint that can take an exchange: idle ones of HTTP/1.1,
 * and sessions of HTTP/2. Every call must run on that loop: no locks, no volatile fields.
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
    this.places = new PlaceQueue(endpoint, loop, opener, () -> reclaimer.accept(this));
  }

  /** One more place has been taken. */
  public void placeTaken() {
    open++;
  }

  /** One has been given back. */
  public void placeGivenBack() {
    open--;
  }

  public EventLoop loop() {
    return loop;
  }

  /** Waits until the endpoint may have one more connection, or one that it has is free. */
  public void awaitPlace(Waiting exchange) {
    places.add(exchange);
  }

  /** Waits for that no more; false when it did not. */
  public boolean stopAwaitingPlace(Waiting exchange) {
    return places.remove(exchange);
  }

  /** Sessions of HTTP/2, and those who may become one. */
  public Http2Pool http2() {
    return http2;
  }

  /** A live idle connection of HTTP/1.1; null when a new one has to be opened. */
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
    } else if (http1.isFull() || endpoint.isAwaited()) {
      connection.close();
    } else {
      http1.add(connection);
    }
  }

  /** The session may have room for exchanges that wait, or its place is wanted elsewhere. */
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
    if (session.isIdle() && endpoint.isAwaited()) {
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
   * A connection that might have spoken HTTP/2 was opened, or could not be.
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

  /** The session takes no more. */
  void remove(Http2Session session) {
    assert loop.inEventLoop();
    http2.remove(session);
  }

  /** The connection closed; it must not be given out again. */
  void remove(Http1Connection connection) {
    assert loop.inEventLoop();
    http1.remove(connection);
  }

  /** Connections that are begun from now on may stay until the next {@link #renew}. */
  public int generation() {
    return generation;
  }

  /**
   * What is open was opened with an identity or a trust that is no more: closes what is idle, and
   * each connection in use once its exchange is over.
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

  /** Closes what is idle, and from now on each connection that is released. */
  public void close() {
    assert loop.inEventLoop();
    closed = true;
    giveUpAll();
  }
}
