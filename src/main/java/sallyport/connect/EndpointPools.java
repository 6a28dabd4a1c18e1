package sallyport.connect;

import io.netty.channel.EventLoop;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.connect.pool.ConnectionPool;

/**
 * Pools of one event loop, by the endpoints of one backend. A pool is made for the first exchange
 * at its endpoint, and stays after the endpoint has left until its last connection has closed.
 *
 * <p>Every call must run on that loop, but for {@link #loop}.
 */
final class EndpointPools {
  private final EventLoop loop;
  private final BiFunction<EventLoop, Endpoint, ConnectionPool> maker;
  private final Map<Endpoint, ConnectionPool> pools = new HashMap<>();
  private boolean closed;

  EndpointPools(EventLoop loop, BiFunction<EventLoop, Endpoint, ConnectionPool> maker) {
    this.loop = loop;
    this.maker = maker;
  }

  EventLoop loop() {
    return loop;
  }

  /** Returns the pool of an endpoint; null when it has none so far, or no more. */
  @Nullable ConnectionPool find(Endpoint endpoint) {
    return pools.get(endpoint);
  }

  /** Returns the pool of an endpoint. */
  ConnectionPool get(Endpoint endpoint) {
    ConnectionPool known = pools.get(endpoint);
    return known == null ? make(endpoint) : known;
  }

  private ConnectionPool make(Endpoint endpoint) {
    ConnectionPool pool = maker.apply(loop, endpoint);
    if (closed) {
      pool.close();
    } else if (endpoint.hasLeft()) {
      pool.leave();
    }
    pools.put(endpoint, pool);
    return pool;
  }

  /** Lets the connections to endpoints that have left end with their exchanges. */
  void left(Endpoint endpoint) {
    ConnectionPool pool = pools.get(endpoint);
    if (pool != null) {
      pool.leave();
    }
    sweep();
  }

  /** Forgets the pools of endpoints that have left, once nothing needs them. */
  void sweep() {
    pools.entrySet().removeIf(each -> each.getKey().hasLeft() && each.getValue().isUnused());
  }

  /** As {@link ConnectionPool#renew}. */
  void renew() {
    pools.values().forEach(ConnectionPool::renew);
  }

  /** As {@link ConnectionPool#close}, also for pools that are made later. */
  void close() {
    closed = true;
    pools.values().forEach(ConnectionPool::close);
  }
}
