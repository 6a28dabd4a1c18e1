package sallyport.upstream;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import sallyport.metrics.UpstreamMetrics;

/**
 * Idle connections from one event loop to one endpoint. Every call must run on that loop: no locks,
 * no volatile fields.
 */
final class ConnectionPool {
  private final EventLoop loop;
  private final int maxIdle;
  private final UpstreamMetrics metrics;
  private final ArrayDeque<UpstreamConnection> idle = new ArrayDeque<>();
  private boolean closed;

  ConnectionPool(EventLoop loop, int maxIdle, UpstreamMetrics metrics) {
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
    UpstreamConnection connection = idle.pollLast();
    if (connection != null) {
      metrics.idle(-1);
    }
    return connection;
  }

  /** Keeps the connection for the next request, or closes it when there are enough. */
  void release(UpstreamConnection connection) {
    assert loop.inEventLoop();
    if (closed || idle.size() >= maxIdle) {
      connection.close();
    } else {
      idle.addLast(connection);
      metrics.idle(1);
    }
  }

  /** The connection closed; it must not be given out again. */
  void remove(UpstreamConnection connection) {
    assert loop.inEventLoop();
    if (idle.remove(connection)) {
      metrics.idle(-1);
    }
  }

  /** Closes what is idle, and from now on whatever is released. */
  void close() {
    assert loop.inEventLoop();
    closed = true;
    UpstreamConnection connection;
    while ((connection = poll()) != null) {
      connection.close();
    }
  }
}
