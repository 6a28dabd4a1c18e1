package sallyport.connect.security;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.net.Failure;

/** Makes both ends of a connection know each other. Every call must run on its event loop. */
public interface SecurityStep {
  /** Hears of the outcome, once for each connection. */
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
   * @return false once the backend has been let go: the listener is not called
   */
  boolean begin(
      Channel channel,
      Endpoint endpoint,
      InetSocketAddress address,
      boolean http1,
      Listener listener);

  /** The connection has been taken into use. */
  void inUse(Channel channel);

  /** Why a connection failed that had been secured. */
  Failure.Upstream classify(Throwable cause);

  /** The reason of a failure, for people; nothing that a peer chose freely. */
  String describe(Throwable cause);
}
