package sallyport.stream;

import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Outcome;
import sallyport.cluster.Pick;
import sallyport.cluster.PickContext;
import sallyport.config.backend.HashConfig;
import sallyport.connect.StreamTransport;
import sallyport.connect.security.Established;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.net.Failure;
import sallyport.net.Peers;
import sallyport.observe.access.StreamLog;

/**
 * Search for an endpoint for one stream: one after the other, until a connection to one is
 * established. Nothing of the client is sent before.
 *
 * <p>Every call must run on the event loop of the stream.
 */
final class EndpointSearch implements StreamTransport.Listener {
  /** Listener to the outcome, called once unless the search is cancelled. */
  interface Listener {
    /**
     * Takes an established connection.
     *
     * @param picked its completion must learn how the stream ends
     */
    void onFound(Established connection, Pick.Picked picked);

    /** Takes the failure of the last attempt. */
    void onNotFound(Failure failure);
  }

  /** Failures without load on the endpoint, which are no part of the budget of retries. */
  private static final Set<Failure.Upstream> FREE =
      EnumSet.of(
          Failure.Upstream.CONNECT_REFUSED,
          Failure.Upstream.UNRESOLVED,
          Failure.Upstream.CONNECTION_LIMIT);

  private final EventLoop loop;
  private final StreamTransport transport;
  private final ConnectionNeeds needs;
  private final @Nullable String key;
  private final StreamLog log;
  private final Listener listener;
  private final List<Endpoint> tried = new ArrayList<>(2);
  private Pick.@Nullable Picked current;
  private boolean cancelled;

  EndpointSearch(
      EventLoop loop, StreamTransport transport, Peers peers, StreamLog log, Listener listener) {
    this.loop = loop;
    this.transport = transport;
    this.needs = new ConnectionNeeds(false, peers.client(), peers.local(), /* pinned= */ true);
    this.key =
        transport.cluster().config().hash() instanceof HashConfig.Source
            ? NetUtil.toAddressString(peers.client().getAddress())
            : null;
    this.log = log;
    this.listener = listener;
  }

  /** Tries the next endpoint. */
  void next() {
    PickContext context =
        tried.isEmpty()
            ? PickContext.first(key)
            : PickContext.after(List.copyOf(tried), key, /* again= */ null);
    switch (transport.cluster().pick(context)) {
      case Pick.Picked picked -> {
        current = picked;
        log.attempts++;
        log.endpoint = picked.endpoint().name();
        log.address = picked.endpoint().address();
        transport.connectAlone(loop, picked.endpoint(), needs, this);
      }
      case Pick.NoneHealthy none -> listener.onNotFound(Failure.Gateway.NO_ENDPOINT);
      case Pick.Overloaded overloaded -> listener.onNotFound(Failure.Upstream.REQUEST_LIMIT);
    }
  }

  /** Ends the search: its client has gone. A connection that is being opened closes. */
  void cancel() {
    cancelled = true;
  }

  @Override
  public void onConnected(Established connection) {
    Pick.Picked picked = current;
    if (picked == null) {
      return;
    }
    current = null;
    if (cancelled) {
      picked.completion().done(new Outcome.Cancelled());
      connection.channel().close();
      return;
    }
    listener.onFound(connection, picked);
  }

  @Override
  public void onFailed(Failure.Upstream failure) {
    Pick.Picked picked = current;
    if (picked == null) {
      return;
    }
    current = null;
    picked.completion().done(new Outcome.ConnectFailed(failure));
    if (cancelled) {
      return;
    }
    tried.remove(picked.endpoint());
    tried.add(picked.endpoint());
    if (mayTryNext(failure)) {
      next();
    } else {
      listener.onNotFound(failure);
    }
  }

  private boolean mayTryNext(Failure.Upstream failure) {
    Cluster cluster = transport.cluster();
    boolean left =
        log.attempts < cluster.maxAttempts()
            || (cluster.maxAttempts() > 1 && cluster.hasUntriedBackup(tried));
    return left && cluster.hasUntried(tried) && (FREE.contains(failure) || cluster.tryRetry());
  }
}
