package sallyport.postgres;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keys of the sessions that run through one listener, so that a CancelRequest reaches the server
 * that has the session. As many as there are sessions. A key is forgotten with its session.
 *
 * <p>Any thread.
 */
public final class CancelKeys {
  /** Way to the server of a session. */
  public interface Canceller {
    /**
     * Sends a request for this key to the server of the session.
     *
     * @param loop of the client's connection
     * @return done, never with a failure, once the server has ended the connection
     */
    Future<?> cancel(EventLoop loop, CancelKey key);
  }

  private record Session(InetAddress source, Canceller canceller) {}

  private final Map<CancelKey, Session> sessions = new ConcurrentHashMap<>();

  /**
   * Adds the key of a session.
   *
   * @param source address of the client
   * @return removes it; to be run when the session ends
   */
  public Runnable add(CancelKey key, InetAddress source, Canceller canceller) {
    Session session = new Session(source, canceller);
    sessions.put(key, session);
    return () -> sessions.remove(key, session);
  }

  /** Returns the number of sessions. */
  public int size() {
    return sessions.size();
  }

  /** Returns the way to the server of a session, for a request inside TLS; null for no session. */
  public @Nullable Canceller find(CancelKey key) {
    Session session = sessions.get(key);
    return session == null ? null : session.canceller();
  }

  /**
   * Returns the same for a request in clear text, which others can have read: it is heard only from
   * the address of the session itself.
   */
  public @Nullable Canceller findFrom(InetAddress source, CancelKey key) {
    Session session = sessions.get(key);
    return session == null || !Objects.equals(session.source(), source)
        ? null
        : session.canceller();
  }
}
