package sallyport.upstream;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.metrics.UpstreamMetrics;

/**
 * Connections from one event loop to one endpoint that can take an exchange: idle ones of HTTP/1.1,
 * and sessions of HTTP/2. Every call must run on that loop: no locks, no volatile fields.
 */
final class ConnectionPool {
  private final EventLoop loop;
  private final int maxIdle;
  private final UpstreamMetrics metrics;
  private final ArrayDeque<UpstreamConnection> idle = new ArrayDeque<>();
  private final List<Http2Session> sessions = new ArrayList<>(1);

  /** Exchanges that wait for a session which is being opened already. */
  private final ArrayDeque<PendingConnect> followers = new ArrayDeque<>();

  /** Whether the endpoint spoke HTTP/2 when it was last asked. */
  private boolean expectsHttp2;

  /** Connections that are being opened and may turn out to speak HTTP/2. */
  private int opening;

  /** How many streams the endpoint has last said that it takes at a time on one connection. */
  private long room = Http2Session.MAX_STREAMS;

  private boolean closed;

  /** Counts how often everything that was open has been given up. */
  private int generation;

  /**
   * @param expectsHttp2 whether nothing else will do
   */
  ConnectionPool(EventLoop loop, int maxIdle, boolean expectsHttp2, UpstreamMetrics metrics) {
    this.expectsHttp2 = expectsHttp2;
    this.loop = loop;
    this.maxIdle = maxIdle;
    this.metrics = metrics;
  }

  /**
   * A live idle connection, the one used last, since it is the least likely to be closed by the
   * other side just now; null when a new one has to be opened.
   */
  @Nullable UpstreamConnection poll() {
    assert loop.inEventLoop();
    UpstreamConnection connection;
    while ((connection = idle.pollLast()) != null) {
      metrics.idle(-1);
      if (!connection.isOutdated(generation)) {
        return connection;
      }
      connection.close();
    }
    return null;
  }

  /** Keeps the connection for the next request, or closes it when there are enough. */
  void release(UpstreamConnection connection) {
    assert loop.inEventLoop();
    if (closed || connection.isOutdated(generation) || idle.size() >= maxIdle) {
      connection.close();
    } else {
      idle.addLast(connection);
      metrics.idle(1);
    }
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
   * to have a stream for it.
   */
  boolean follow(PendingConnect pending) {
    // One stream of each is for whoever opens it.
    boolean follows = expectsHttp2 && followers.size() < opening * (room - 1);
    if (follows) {
      followers.add(pending);
    }
    return follows;
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
  List<PendingConnect> opened(@Nullable Http2Session session, int begun) {
    assert loop.inEventLoop();
    opening--;
    if (session != null) {
      expectsHttp2 = true;
      if (closed || begun != generation) {
        session.retire();
      } else {
        sessions.add(session);
      }
    }
    if (session == null && opening > 0) {
      return List.of();
    }
    List<PendingConnect> waiting = List.copyOf(followers);
    followers.clear();
    return waiting;
  }

  /** The endpoint chose HTTP/1.1. */
  void speaksHttp1() {
    expectsHttp2 = false;
  }

  /** The session takes no more. */
  void remove(Http2Session session) {
    assert loop.inEventLoop();
    sessions.remove(session);
  }

  /** The connection closed; it must not be given out again. */
  void remove(UpstreamConnection connection) {
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
    UpstreamConnection connection;
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
