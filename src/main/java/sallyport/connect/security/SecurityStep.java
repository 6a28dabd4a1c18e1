package sallyport.connect.security;

import io.netty.channel.Channel;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.net.Failure;

/** Step that secures a connection. Every call must run on its event loop. */
public interface SecurityStep {
  /** Listener to the outcome, called once for each connection. */
  interface Listener {
    void onSecured(Established connection);

    /**
     * @param detail why, for people; null where the failure says it all
     */
    void onRefused(Channel channel, Failure.Upstream failure, @Nullable String detail);
  }

  /**
   * Begins on a connection that stands.
   *
   * @param http1 whether only HTTP/1.1 will do
   * @return false once the backend is no longer in use: the listener is not called
   */
  boolean begin(
      Channel channel, Endpoint endpoint, SocketAddress address, boolean http1, Listener listener);

  /** Prepares a secured connection for use. */
  void inUse(Channel channel);

  /** Returns the failure of a connection that had been secured. */
  Failure.Upstream classify(Throwable cause);

  /** Returns the reason of a failure, for people; nothing that a peer chose freely. */
  String describe(Throwable cause);
}
