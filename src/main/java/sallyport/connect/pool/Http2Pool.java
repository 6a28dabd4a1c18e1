package sallyport.connect.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sessions of HTTP/2, and the exchanges that follow a connection which is being opened and may
 * become one. It remembers the protocol that the endpoint chose last. Every call must run on the
 * event loop of the pool.
 */
public final class Http2Pool {
  /** Protocol that the endpoint chose last. */
  private enum Spoken {
    UNKNOWN,
    HTTP1,
    HTTP2
  }

  private final List<Http2Session> sessions = new ArrayList<>(1);

  /** Exchanges that wait for a connection which is being opened and may be one for all. */
  private final ArrayDeque<Waiting> followers = new ArrayDeque<>();

  private Spoken spoken;

  /** Connections that are being opened and may turn out to speak HTTP/2. */
  private int opening;

  /** How many streams the endpoint has last said that it takes at a time on one connection. */
  private long room = Http2Session.MAX_STREAMS;

  /**
   * @param http2Only whether nothing else will do
   */
  Http2Pool(boolean http2Only) {
    this.spoken = http2Only ? Spoken.HTTP2 : Spoken.UNKNOWN;
  }

  /** Returns a session with room for one more exchange; null when there is none. */
  public @Nullable Http2Session session() {
    for (int i = 0; i < sessions.size(); i++) {
      if (sessions.get(i).hasRoom()) {
        return sessions.get(i);
      }
    }
    return null;
  }

  /**
   * Records the number of streams that the endpoint takes at a time. If it is 0, another connection
   * would get none either, so that all exchanges wait for one connection.
   */
  public void learn(long maxStreams) {
    room = maxStreams > 0 ? maxStreams : Http2Session.MAX_STREAMS;
  }

  /**
   * Adds an exchange to those that wait for a connection that is being opened, if it is likely to
   * have a stream for it. Until the endpoint has been asked what it speaks, all wait for the first
   * answer.
   */
  public boolean follow(Waiting exchange) {
    // One stream of each is for the exchange that opens it.
    boolean follows = spoken != Spoken.HTTP1 && followers.size() < opening * (room - 1);
    if (follows) {
      followers.add(exchange);
    }
    return follows;
  }

  /** Waits for it no more; false when it did not. */
  public boolean unfollow(Waiting exchange) {
    return followers.remove(exchange);
  }

  /** Counts a connection that is being opened and may speak HTTP/2. */
  public void opening() {
    opening++;
  }

  /**
   * Adds a connection that speaks HTTP/2.
   *
   * @param kept whether the pool may have it
   */
  void opened(Http2Session session, boolean kept) {
    spoken = Spoken.HTTP2;
    if (kept) {
      sessions.add(session);
    } else {
      session.retire();
    }
  }

  /**
   * Ends the wait for a connection that was being opened.
   *
   * @param session null when it speaks HTTP/1.1 or did not come about
   * @return those who waited for it and have no connection yet
   */
  List<Waiting> settled(@Nullable Http2Session session) {
    opening--;
    if (session == null && spoken != Spoken.HTTP1 && opening > 0) {
      return List.of();
    }
    List<Waiting> waiting = List.copyOf(followers);
    followers.clear();
    return waiting;
  }

  /** Records that the endpoint chose HTTP/1.1. */
  public void speaksHttp1() {
    spoken = Spoken.HTTP1;
  }

  /** Returns whether the endpoint is known to speak HTTP/2, or has to. */
  public boolean expectsHttp2() {
    return spoken == Spoken.HTTP2;
  }

  /** Removes a session that takes no more exchanges. */
  void remove(Http2Session session) {
    sessions.remove(session);
  }

  /**
   * Closes a session without exchanges.
   *
   * @return false when there is none
   */
  boolean giveUpIdle() {
    for (Http2Session session : sessions) {
      if (session.isIdle()) {
        session.retire();
        return true;
      }
    }
    return false;
  }

  /** Closes all, each once it has no exchange. */
  void giveUpAll() {
    List.copyOf(sessions).forEach(Http2Session::retire);
  }
}
