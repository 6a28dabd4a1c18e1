package sallyport.connect;

import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectListener;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.connect.stream.PendingStream;
import sallyport.net.Failure;
import sallyport.observe.metrics.UpstreamMetrics;

/**
 * Access to one backend for exchanges: request streams to its endpoints, and the meters of each.
 *
 * <p>Threads: those methods that take an event loop must run on it; all others on any.
 */
public interface ClientTransport {
  /** Returns the cluster, which chooses among the endpoints that this transport reaches. */
  Cluster cluster();

  /** Returns the meters of an endpoint of this backend. */
  UpstreamMetrics metrics(Endpoint endpoint);

  /** Returns an idle connection, ready to {@link ClientStream#begin}; null when there is none. */
  @Nullable ClientStream poll(EventLoop loop, Endpoint endpoint);

  /**
   * Gets a stream that is not an idle connection: one of a connection that is shared, or a new
   * connection. The listener may be called before this returns.
   *
   * @param patient false to fail in place of waiting where the endpoint has all the connections it
   *     may have
   */
  PendingStream connect(
      EventLoop loop,
      Endpoint endpoint,
      ConnectListener listener,
      ConnectionNeeds needs,
      boolean patient);

  /**
   * Counts an exchange that failed on a connection that stood, and audits it where one side did not
   * accept the other.
   *
   * @param fault the rule that the response broke; null when that is not why
   */
  void exchangeFailed(
      Endpoint endpoint, Failure.Upstream failure, Failure.@Nullable Response fault);

  /**
   * Returns whether a connection can be for one client's connection alone, which needs HTTP/1.1.
   */
  boolean canPin();

  /** Returns whether every client's connection has connections of its own to this backend. */
  boolean pinsAlways();
}
