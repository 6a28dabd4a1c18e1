package sallyport.proxy;

import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Completion;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Outcome;
import sallyport.cluster.Pick;
import sallyport.connect.ClientTransport;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectListener;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.connect.stream.ExclusiveConnection;
import sallyport.connect.stream.PendingStream;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.observe.metrics.UpstreamMetrics;

/**
 * One try of a request at one endpoint: gets a stream, sends the head, and tells the cluster how it
 * ended.
 *
 * <p>Every call must run on the event loop of the exchange.
 */
final class Attempt implements ConnectListener {
  private static final Outcome CANCELLED = new Outcome.Cancelled();

  private final Exchange exchange;
  private final ClientTransport transport;
  private final Endpoint endpoint;
  private final Completion completion;
  private final long startNanos = System.nanoTime();

  /** The connection of this client's own that it has to go over; null where any will do. */
  private final @Nullable ExclusiveConnection pin;

  private @Nullable PendingStream pending;

  /** Whether the stream was not there at once. */
  private boolean waits;

  /**
   * @param pin the connection that it has to go over; null where any will do
   */
  Attempt(
      Exchange exchange,
      ClientTransport transport,
      Pick.Picked picked,
      @Nullable ExclusiveConnection pin) {
    this.exchange = exchange;
    this.transport = transport;
    this.endpoint = picked.endpoint();
    this.completion = picked.completion();
    this.pin = pin;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  UpstreamMetrics metrics() {
    return transport.metrics(endpoint);
  }

  /** Whether it goes over a connection that has served the same client before. */
  boolean isOverPin() {
    return pin != null;
  }

  // ---- the stream

  /**
   * Returns an idle connection; null where there is none.
   *
   * @param fresh whether an idle connection of the pool will not do
   */
  @Nullable ClientStream poll(HttpStream client, boolean fresh) {
    if (pin != null) {
      return pin.isIdle() ? pin : null;
    }
    return fresh ? null : transport.poll(client.loop(), endpoint);
  }

  /**
   * Gets a stream that is not there yet. The exchange hears of it, before this returns or later.
   *
   * @param patient whether to wait where the endpoint has all the connections it may have
   * @return whether the exchange has yet to hear of it
   */
  boolean connect(HttpStream client, ConnectionNeeds needs, boolean patient) {
    if (pin != null) {
      waits = true;
      pin.whenIdle(this);
      return true;
    }
    PendingStream opening = transport.connect(client.loop(), endpoint, this, needs, patient);
    if (opening.isDone()) {
      return false;
    }
    waits = true;
    pending = opening;
    return true;
  }

  @Override
  public void onConnected(ClientStream stream) {
    pending = null;
    exchange.onConnected(this, stream, waits);
  }

  @Override
  public void onConnectFailure(Failure.Upstream failure) {
    pending = null;
    exchange.onConnectFailure(this, failure);
  }

  /**
   * Begins the exchange on its stream, without a flush.
   *
   * @param awaitsSwitch whether the body waits for the backend to agree to WebSocket
   */
  void send(ClientStream stream, HttpRequest request, RequestBody body, boolean awaitsSwitch) {
    stream.begin(exchange, request.method(), awaitsSwitch);
    stream.write(request);
    if (!awaitsSwitch) {
      body.sendWaiting(stream);
      if (body.isEnded() && !body.isSent()) {
        stream.write(LastHttpContent.EMPTY_LAST_CONTENT);
      }
    }
  }

  // ---- its end

  /** Waits no more for a stream. */
  void cancel() {
    if (pending != null) {
      pending.cancel();
      pending = null;
    }
  }

  /**
   * Tells the cluster how the exchange ended with this attempt.
   *
   * @param failure null when the client got a whole response
   */
  void ended(@Nullable Failure failure, ExchangeLog log) {
    completion.done(
        switch (failure) {
          case null -> new Outcome.Answered(log.status, log.responseHeadNanos - startNanos);
          case Failure.Upstream upstream -> new Outcome.Failed(upstream);
          case Failure other -> CANCELLED;
        });
  }

  /** Tells the cluster how the attempt ended, before the exchange. */
  void ended(Outcome outcome) {
    completion.done(outcome);
  }
}
