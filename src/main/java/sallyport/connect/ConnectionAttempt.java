package sallyport.connect;

import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.connect.pool.ConnectionPool;
import sallyport.connect.pool.Waiting;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectListener;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.connect.stream.PendingStream;
import sallyport.net.Failure;

/**
 * Wait of an exchange for a connection: for one of its own, for a stream of a shared one, or for a
 * place at the endpoint. If the exchange is cancelled meanwhile, a new connection goes to the pool.
 *
 * <p>Every call must run on the event loop of the exchange.
 */
final class ConnectionAttempt implements PendingStream, Waiting {
  private final UpstreamClient client;
  private final Endpoint endpoint;
  private final ConnectionPool pool;
  private final ConnectionNeeds needs;
  private final boolean http1;

  private @Nullable ConnectListener listener;

  /** Whether it waits for a place: until its patience is gone. */
  private boolean patient;

  private @Nullable Future<?> patience;
  private boolean done;

  /**
   * @param http1 whether only HTTP/1.1 will do
   * @param patient whether it waits where the endpoint has all the connections it may have
   */
  ConnectionAttempt(
      UpstreamClient client,
      Endpoint endpoint,
      ConnectionPool pool,
      ConnectListener listener,
      ConnectionNeeds needs,
      boolean http1,
      boolean patient) {
    this.client = client;
    this.endpoint = endpoint;
    this.pool = pool;
    this.listener = listener;
    this.needs = needs;
    this.http1 = http1;
    this.patient = patient;
  }

  @Override
  public void cancel() {
    listener = null;
    // Others may wait in its place.
    if (patience != null && pool.stopAwaitingPlace(this)) {
      finish();
    }
  }

  @Override
  public boolean isDone() {
    return done;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  ConnectionPool pool() {
    return pool;
  }

  ConnectionNeeds needs() {
    return needs;
  }

  @Override
  public boolean http1() {
    return http1;
  }

  @Override
  public boolean webSocket() {
    return needs.webSocket();
  }

  @Override
  public boolean isCancelled() {
    return listener == null;
  }

  @Override
  public void succeeded(ClientStream connection) {
    ConnectListener waiting = finish();
    if (waiting != null) {
      waiting.onConnected(connection);
    } else {
      connection.release();
    }
  }

  @Override
  public void failed(Failure.Upstream failure) {
    ConnectListener waiting = finish();
    if (waiting != null) {
      waiting.onConnectFailure(failure);
    }
  }

  private @Nullable ConnectListener finish() {
    done = true;
    stopWaiting();
    ConnectListener waiting = listener;
    listener = null;
    return waiting;
  }

  @Override
  public void open() {
    stopWaiting();
    client.open(this);
  }

  @Override
  public void connectAgain() {
    client.connectAgain(this);
  }

  @Override
  public void dialAgain() {
    if (!isCancelled()) {
      client.dial(this);
    }
  }

  /** Returns whether it may wait for a place. */
  boolean isPatient() {
    return patient;
  }

  /**
   * Starts the wait for another exchange's connection or for a place; its limit is {@code
   * connect-timeout}.
   */
  void awaits() {
    if (patience == null) {
      patience =
          pool.loop().schedule(this::onPatienceGone, client.connectNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void onPatienceGone() {
    patient = false;
    if (pool.http2().unfollow(this)) {
      dialAgain();
    } else if (pool.stopAwaitingPlace(this)) {
      client.noPlace(this, Failure.Upstream.CONNECTION_LIMIT);
    }
  }

  private void stopWaiting() {
    if (patience != null) {
      patience.cancel(false);
      patience = null;
    }
  }
}
