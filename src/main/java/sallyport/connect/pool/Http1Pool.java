package sallyport.connect.pool;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import sallyport.observe.metrics.UpstreamMetrics;

/** Idle connections of HTTP/1.1. Every call must run on the event loop of the pool. */
final class Http1Pool {
  private final int maxIdle;
  private final UpstreamMetrics metrics;
  private final ArrayDeque<Http1Connection> idle = new ArrayDeque<>();

  Http1Pool(int maxIdle, UpstreamMetrics metrics) {
    this.maxIdle = maxIdle;
    this.metrics = metrics;
  }

  /**
   * Returns the live connection used last, since it is the least likely to be closed by the other
   * side; null when there is none. Closes those of other generations.
   */
  @Nullable Http1Connection poll(int generation) {
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

  /** Returns whether there are as many as are kept. */
  boolean isFull() {
    return idle.size() >= maxIdle;
  }

  void add(Http1Connection connection) {
    idle.addLast(connection);
    metrics.idle(1);
  }

  /** Removes a connection that closed. */
  void remove(Http1Connection connection) {
    if (idle.remove(connection)) {
      metrics.idle(-1);
    }
  }

  /**
   * Closes the one that has been idle longest.
   *
   * @return false when there is none
   */
  boolean giveUpIdle() {
    Http1Connection connection = idle.pollFirst();
    if (connection == null) {
      return false;
    }
    metrics.idle(-1);
    connection.close();
    return true;
  }

  /** Closes all. */
  void giveUpAll() {
    boolean more;
    do {
      more = giveUpIdle();
    } while (more);
  }
}
