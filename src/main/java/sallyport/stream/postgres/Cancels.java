package sallyport.stream.postgres;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import sallyport.net.Peers;
import sallyport.observe.metrics.stream.CancelMetrics;
import sallyport.postgres.CancelKey;
import sallyport.postgres.CancelKeys;
import sallyport.postgres.CancelKeys.Canceller;

/**
 * Cancels through one listener: each goes to the server of its session. Any thread; a cancel runs
 * on the event loop of the client that asks for it.
 *
 * @param keys of the sessions of the listener
 */
record Cancels(CancelKeys keys, CancelMetrics metrics) {
  /**
   * Cancels for a client inside TLS.
   *
   * @return done, never with a failure, once the server has taken notice, or none has to
   */
  Future<?> cancel(Channel client, CancelKey key) {
    return cancel(client, key, keys.find(key));
  }

  /** The same for a client in clear text, which must have the address of the session. */
  Future<?> cancelInClearText(Channel client, CancelKey key) {
    return cancel(client, key, keys.findFrom(Peers.of(client).client().getAddress(), key));
  }

  /** The client learns in no case whether there is such a session. */
  private Future<?> cancel(Channel client, CancelKey key, @Nullable Canceller session) {
    if (session == null) {
      metrics.unknown();
      return client.eventLoop().newSucceededFuture(null);
    }
    metrics.passed();
    return session.cancel(client.eventLoop(), key);
  }
}
