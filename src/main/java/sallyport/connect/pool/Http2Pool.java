package sallyport.connect.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sessions of HTTP/2, and the exchanges that follow a connection which is being opened and may
 * become one. Knows what the endpoint spoke when it was last asked.
 */
public final class Http2Pool {
  /** What the endpoint chose when it was last asked. */
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

  /** A session with room for one more exchange; null when there is none. */
  public @Nullable Http2Session session() {
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
  public void learn(long maxStreams) {
    room = maxStreams > 0 ? maxStreams : Http2Session.MAX_STREAMS;
  }

  /**
   * Lets the exchange wait for a connection that is being opened, where there is one that is likely
   * to have a stream for it. Until the endpoint has been asked what it speaks, all wait for the
   * first answer.
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

  /** A connection that may turn out to speak HTTP/2 is being opened. */
  public void opening() {
    opening++;
  }

  /**
   * It speaks HTTP/2.
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
   * One that was being opened is so no more.
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

  /** The endpoint chose HTTP/1.1. */
  public void speaksHttp1() {
    spoken = Spoken.HTTP1;
  }

  /** Whether the endpoint is known to speak HTTP/2, or has to. */
  public boolean expectsHttp2() {
    return spoken == Spoken.HTTP2;
  }

  /** The session takes no more. */
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
