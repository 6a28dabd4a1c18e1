package sallyport.connect.security;

import io.netty.channel.Channel;
import java.net.SocketAddress;
import java.time.Duration;
import sallyport.cluster.Endpoint;
import sallyport.net.Failure;

/**
 * Step of connections for TLS that passes unopened: there is nothing to secure. Every call must run
 * on the event loop of the connection.
 */
public final class PassThroughStep implements SecurityStep {
  /** Time that is longer than any connection lives. */
  private static final Duration LONGEST = Duration.ofDays(365);

  /** Creates the step. */
  public PassThroughStep() {}

  @Override
  public boolean begin(
      Channel channel, Endpoint endpoint, SocketAddress address, boolean http1, Listener listener) {
    listener.onSecured(
        new Established(
            channel,
            /* protocol= */ "",
            System.nanoTime() + LONGEST.toNanos(),
            /* authenticatedEnd= */ false));
    return true;
  }

  @Override
  public void inUse(Channel channel) {}

  @Override
  public Failure.Upstream classify(Throwable cause) {
    return Failure.Upstream.CLOSED_BEFORE_RESPONSE;
  }

  @Override
  public String describe(Throwable cause) {
    return String.valueOf(cause.getMessage());
  }
}
