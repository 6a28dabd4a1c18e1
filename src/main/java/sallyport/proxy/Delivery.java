package sallyport.proxy;

import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import org.jspecify.annotations.Nullable;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.net.Failure;
import sallyport.net.transport.MinimumRate;
import sallyport.net.transport.ResponseProgress;

/**
 * Responses of one connection, or of one HTTP/2 stream, whose exchange is over while the client has
 * yet to take them: those of backends and the gateway's own. Has the client held to its pace
 * meanwhile.
 *
 * <p>Not asked for a response that the socket takes at once. Every call must run on the event loop
 * of the connection.
 */
public final class Delivery implements ResponseProgress {
  private final HttpStream client;
  private final ProxyContext forwarding;
  private final ConnectionInfo facts;
  private final GenericFutureListener<Future<Void>> onDelivered = written -> delivered();

  private int undelivered;
  private @Nullable ChannelFuture newest;
  private MinimumRate.@Nullable Place place;

  /** Of the stream that the responses are on. */
  public Delivery(HttpStream client, ProxyContext forwarding, ConnectionInfo facts) {
    this.client = client;
    this.forwarding = forwarding;
    this.facts = facts;
  }

  /** Takes over a response that is written whole, and not taken yet. */
  public void add(ChannelFuture written) {
    newest = written;
    if (++undelivered == 1) {
      place = forwarding.pace(client.loop()).enter(this);
    }
    written.addListener(onDelivered);
  }

  /** Done when the client has taken everything; null when it has. */
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
      forwarding.pace(client.loop()).leave(place);
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
    forwarding.refusals().refused(facts.forwardedFor().connection(), Failure.Client.READ_TOO_SLOW);
    client.cut();
  }
}
