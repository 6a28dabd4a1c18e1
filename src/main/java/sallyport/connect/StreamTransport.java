package sallyport.connect;

import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.connect.security.Established;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.net.Failure;

/**
 * Access to one backend for TCP streams: connections that are one client's alone, and never pooled.
 *
 * <p>Threads: {@link #connectAlone} must run on its event loop; all others on any.
 */
public interface StreamTransport {
  /** Listener to one connection, on its event loop; called once. */
  interface Listener {
    /** Takes an established connection, which is the listener's to close. */
    void onConnected(Established connection);

    /** Reports that no address is usable, or that the endpoint has all connections it may have. */
    void onFailed(Failure.Upstream failure);
  }

  /** Returns the cluster, which chooses among the endpoints that this transport reaches. */
  Cluster cluster();

  /** Opens a connection. The listener may be called before this returns. */
  void connectAlone(EventLoop loop, Endpoint endpoint, ConnectionNeeds needs, Listener listener);

  /** Returns the failure of a connection that had been secured. */
  Failure.Upstream classify(Throwable cause);

  /**
   * Counts a stream that failed on a connection that stood, and audits it where one side did not
   * accept the other.
   *
   * @param fault null: a stream has no rules of responses
   */
  void exchangeFailed(
      Endpoint endpoint, Failure.Upstream failure, Failure.@Nullable Response fault);
}
