package sallyport.proxy;

import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import org.jspecify.annotations.Nullable;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.net.Failure;
import sallyport.net.transport.MinimumRate;
import sallyport.net.transport.ResponseProgress;
import sallyport.proxy.stream.HttpStream;

/**
 * Responses of one connection, or of one HTTP/2 stream, that are written while the client has not
 * received all of them. Applies the minimum rate until the client has. Not needed for a response
 * that the socket takes at once.
 *
 * <p>Every call must run on the event loop of the connection.
 */
public final class Delivery implements ResponseProgress {
  private final HttpStream client;
  private final ProxyContext proxy;
  private final ConnectionInfo connection;
  private final GenericFutureListener<Future<Void>> onDelivered = written -> delivered();

  private int undelivered;
  private @Nullable ChannelFuture newest;
  private MinimumRate.@Nullable Place place;

  /** For the stream of the responses. */
  public Delivery(HttpStream client, ProxyContext proxy, ConnectionInfo connection) {
    this.client = client;
    this.proxy = proxy;
    this.connection = connection;
  }

  /** Adds a response whose last write is under way. */
  public void add(ChannelFuture written) {
    newest = written;
    if (++undelivered == 1) {
      place = proxy.pace(client.loop()).enter(this);
    }
    written.addListener(onDelivered);
  }

  /** Returns the write that completes the delivery; null if nothing is under way. */
  public @Nullable ChannelFuture pending() {
    return newest;
  }

  private void delivered() {
    if (--undelivered == 0) {
      newest = null;
      leave();
    }
  }

  private void leave() {
    if (place != null) {
      proxy.pace(client.loop()).leave(place);
      place = null;
    }
  }

  @Override
  public long deliveredBytes() {
    return client.deliveredBytes();
  }

  @Override
  public boolean hasBacklog() {
    return client.hasBacklog();
  }

  @Override
  public void responseTooSlow() {
    leave();
    proxy.refusals().refused(connection.forwardedFor().connection(), Failure.Client.READ_TOO_SLOW);
    client.cut();
  }
}
