package sallyport.stream.postgres;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.TimeUnit;
import sallyport.cluster.Endpoint;
import sallyport.connect.StreamTransport;
import sallyport.connect.security.Established;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.net.Failure;
import sallyport.net.Peers;
import sallyport.postgres.CancelKey;
import sallyport.postgres.CancelKeys;

/**
 * Sender of CancelRequests to the endpoint of one session, over a connection of their own, which
 * the server closes (PostgreSQL documentation, "Canceling Requests in Progress").
 *
 * @param peers of the session, for a PROXY protocol header
 */
record CancelSender(StreamTransport transport, Endpoint endpoint, Peers peers)
    implements CancelKeys.Canceller {
  /** How long the server may take to close. */
  private static final long LINGER_SECONDS = 5;

  @Override
  public Future<?> cancel(EventLoop loop, CancelKey key) {
    Promise<Void> done = loop.newPromise();
    transport.connectAlone(
        loop,
        endpoint,
        new ConnectionNeeds(false, peers.client(), peers.local(), /* pinned= */ true),
        new StreamTransport.Listener() {
          @Override
          public void onConnected(Established connection) {
            Channel server = connection.channel();
            server.closeFuture().addListener(closed -> done.trySuccess(null));
            server.writeAndFlush(key.request());
            server.config().setAutoRead(true);
            Future<?> limit = loop.schedule(() -> server.close(), LINGER_SECONDS, TimeUnit.SECONDS);
            server.closeFuture().addListener(closed -> limit.cancel(false));
          }

          @Override
          public void onFailed(Failure.Upstream failure) {
            done.trySuccess(null);
          }
        });
    return done;
  }
}
