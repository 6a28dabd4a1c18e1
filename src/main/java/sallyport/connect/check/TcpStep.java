package sallyport.connect.check;

import io.netty.channel.Channel;
import java.net.SocketAddress;
import sallyport.cluster.Endpoint;
import sallyport.connect.security.Established;
import sallyport.connect.security.SecurityStep;
import sallyport.net.Failure;

/**
 * Step of a check that ends with the TCP connection, on which nothing is sent. Every call must run
 * on the event loop of the connection.
 */
final class TcpStep implements SecurityStep {
  @Override
  public boolean begin(
      Channel channel, Endpoint endpoint, SocketAddress address, boolean http1, Listener listener) {
    listener.onSecured(new Established(channel, "", Long.MAX_VALUE, /* authenticatedEnd= */ false));
    return true;
  }

  @Override
  public void inUse(Channel channel) {}

  @Override
  public Failure.Upstream classify(Throwable cause) {
    return Failure.Upstream.CONNECT_REFUSED;
  }

  @Override
  public String describe(Throwable cause) {
    return String.valueOf(cause.getMessage());
  }
}
