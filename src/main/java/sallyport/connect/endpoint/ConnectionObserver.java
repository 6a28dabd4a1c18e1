package sallyport.connect.endpoint;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.net.Failure;

/** Observer of connections that are opened to endpoints. */
public interface ConnectionObserver {
  /**
   * Takes an established connection.
   *
   * @param nanos from its start
   */
  void connected(Endpoint endpoint, long nanos);

  /**
   * Takes a finished handshake.
   *
   * @param resumed whether it resumed an earlier session
   * @param certificateSent false when the endpoint did not ask for the gateway's certificate
   * @return whether the endpoint may be used
   */
  boolean handshake(
      Endpoint endpoint,
      SocketAddress address,
      String version,
      boolean resumed,
      boolean certificateSent);

  /**
   * Takes a connection that could not be opened.
   *
   * @param address the one that failed; null where the name has none
   * @param reason why, for people; null where the failure says it all
   */
  void connectFailed(
      Endpoint endpoint,
      @Nullable SocketAddress address,
      Failure.Upstream failure,
      @Nullable String reason);

  /** Takes the reason for which an endpoint is refused; {@link #connectFailed} follows. */
  void audit(Endpoint endpoint, Failure.Upstream failure, String detail);
}
