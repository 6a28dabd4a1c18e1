package sallyport.connect;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.observe.metrics.UpstreamMetrics;

/**
 * Connections from one event loop to one endpoint that can take an exchange: idle ones of HTTP/1.1,
 * and sessions of HTTP/2. Every call must run on that loop: no locks, no volatile fields.
 */
final class ConnectionPool {
  /** What the endpoint chose when it was last asked. */
  private enum Spoken {
    UNKNOWN,
    HTTP1,
    HTTP2
  }

  private final EventLoop loop;
  private final Endpoint endpoint;
  private final int maxIdle;
  private final UpstreamMetrics metrics;
  private final ArrayDeque<Http1Connection> idle = new ArrayDeque<>();
  private final List<Http2Session> sessions = new ArrayList<>(1);

  /** Exchanges that wait until the endpoint may have one more connection. */
  private final PlaceQueue places;

  /** Exchanges that wait for a connection which is being opened and may be one for all. */
  private final ArrayDeque<ConnectionAttempt> followers = new ArrayDeque<>();

  private Spoken spoken;

  /** Places of the endpoint that connections of this event loop have. */
  private int open;

  /** The places that each event loop may keep while others wait for one. */
  private final int share;

  /** Connections that are being opened and may turn out to speak HTTP/2. */
  private int opening;

  /** How many streams the endpoint has last said that it takes at a time on one connection. */
  private long room = Http2Session.MAX_STREAMS;

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
  ConnectionPool(
      EventLoop loop,
      Endpoint endpoint,
      int share,
      int maxIdle,
      boolean http2Only,
      UpstreamMetrics metrics,
      Consumer<ConnectionAttempt> opener,
      Consumer<ConnectionPool> reclaimer) {
    this.loop = loop;
    this.endpoint = endpoint;
    this.share = share;
    this.maxIdle = maxIdle;
    this.spoken = http2Only ? Spoken.HTTP2 : Spoken.UNKNOWN;
    this.metrics = metrics;
    this.places = new PlaceQueue(endpoint, loop, opener, () -> reclaimer.accept(this));
  }

  /** One more place has been taken. */
  void placeTaken() {
    open++;
  }

  /** One has been given back. */
  void placeGivenBack() {
    open--;
  }

  EventLoop loop() {
    return loop;
  }

  /** Exchanges that wait until the endpoint may have one more connection. */
  PlaceQueue places() {
    return places;
  }

  /**
   * A live idle connection, the one used last, since it is the least likely to be closed by the
   * other side just now; null when a new one has to be opened.
   */
  @Nullable Http1Connection poll() {
    assert loop.inEventLoop();
    Http1Connection connection;
    while ((connection = idle.pollLast()) != null) {
      metrics.idle(-1);
      if (!connection.isOutdated(generation)) {
        return connection;
      }
      connection.close();
    }
    return null;
  }

  /**
   * Gives the connection to an exchange that waits for one, or keeps it for the next; closes it
   * where there are enough. Where another event loop waits for its place, that comes before the
   * next, and before those that wait here if this event loop has more than its share.
   */
  void release(Http1Connection connection) {
    assert loop.inEventLoop();
    if (closed || connection.isOutdated(generation)) {
      connection.close();
      return;
    }
    if (endpoint.isAwaited() && open > share && places.isOutsideWaiting()) {
      connection.close();
      return;
    }
    ConnectionAttempt waiting = places.next(any -> true);
    if (waiting != null) {
      metrics.reused();
      waiting.succeeded(connection);
    } else if (idle.size() >= maxIdle || endpoint.isAwaited()) {
      connection.close();
    } else {
      idle.addLast(connection);
      metrics.idle(1);
    }
  }

  /** The session may have room for exchanges that wait, or its place is wanted elsewhere. */
  void released(Http2Session session) {
    assert loop.inEventLoop();
    while (session.hasRoom()) {
      ConnectionAttempt waiting = places.next(pending -> !pending.http1());
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
  boolean giveUpIdle() {
    assert loop.inEventLoop();
    Http1Connection connection = idle.pollFirst();
    if (connection != null) {
      metrics.idle(-1);
      connection.close();
      return true;
    }
    for (Http2Session session : sessions) {
      if (session.isIdle()) {
        session.retire();
        return true;
      }
    }
    return false;
  }

  /** A session with room for one more exchange; null when there is none. */
  @Nullable Http2Session session() {
    for (int i = 0; i < sessions.size(); i++) {
      if (sessions.get(i).hasRoom()) {
        return sessions.get(i);
      }
    }
    return null;
  }

  /**
   * The endpoint takes this many streams at a time. Where that is none, another connection would
   * not get any either, so that all may wait for one.
   */
  void learn(long maxStreams) {
    room = maxStreams > 0 ? maxStreams : Http2Session.MAX_STREAMS;
  }

  /**
   * Lets the exchange wait for a connection that is being opened, where there is one that is likely
   * to have a stream for it. Until the endpoint has been asked what it speaks, all wait for the
   * first answer.
   */
  boolean follow(ConnectionAttempt pending) {
    // One stream of each is for the exchange that opens it.
    boolean follows = spoken != Spoken.HTTP1 && followers.size() < opening * (room - 1);
    if (follows) {
      followers.add(pending);
    }
    return follows;
  }

  /** Waits for it no more; false when it did not. */
  boolean unfollow(ConnectionAttempt pending) {
    return followers.remove(pending);
  }

  /** A connection that may turn out to speak HTTP/2 is being opened. */
  void opening() {
    opening++;
  }

  /**
   * It was opened, or could not be.
   *
   * @param session null when it speaks HTTP/1.1 or did not come about
   * @param begun {@link #generation} when it was begun
   * @return those who waited for it and have no connection yet
   */
  List<ConnectionAttempt> opened(@Nullable Http2Session session, int begun) {
    assert loop.inEventLoop();
    opening--;
    if (session != null) {
      spoken = Spoken.HTTP2;
      if (closed || begun != generation) {
        session.retire();
      } else {
        sessions.add(session);
      }
    }
    if (session == null && spoken != Spoken.HTTP1 && opening > 0) {
      return List.of();
    }
    List<ConnectionAttempt> waiting = List.copyOf(followers);
    followers.clear();
    return waiting;
  }

  /** The endpoint chose HTTP/1.1. */
  void speaksHttp1() {
    spoken = Spoken.HTTP1;
  }

  /** Whether the endpoint is known to speak HTTP/2, or has to. */
  boolean expectsHttp2() {
    return spoken == Spoken.HTTP2;
  }

  /** The session takes no more. */
  void remove(Http2Session session) {
    assert loop.inEventLoop();
    sessions.remove(session);
  }

  /** The connection closed; it must not be given out again. */
  void remove(Http1Connection connection) {
    assert loop.inEventLoop();
    if (idle.remove(connection)) {
      metrics.idle(-1);
    }
  }

  /** Connections that are begun from now on may stay until the next {@link #renew}. */
  int generation() {
    return generation;
  }

  /**
   * What is open was opened with an identity or a trust that is no more: closes what is idle, and
   * whatever is in use once its exchange is over.
   */
  void renew() {
    assert loop.inEventLoop();
    generation++;
    giveUpAll();
  }

  private void giveUpAll() {
    List.copyOf(sessions).forEach(Http2Session::retire);
    Http1Connection connection;
    while ((connection = poll()) != null) {
      connection.close();
    }
  }

  /** Closes what is idle, and from now on whatever is released. */
  void close() {
    assert loop.inEventLoop();
    closed = true;
    giveUpAll();
  }
}
