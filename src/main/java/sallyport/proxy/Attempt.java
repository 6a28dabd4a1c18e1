package sallyport.proxy;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
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
import sallyport.proxy.stream.HttpStream;

/**
 * One attempt of a request at one endpoint: gets a stream, sends the head, and reports the outcome
 * to the cluster.
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

  /** Pinned connection of the client that this attempt must use; null if any may be used. */
  private final @Nullable ExclusiveConnection pin;

  private @Nullable PendingStream pending;

  /** Whether the request waits for the stream. */
  private boolean waits;

  /**
   * @param pin the connection that this attempt must use; null if any may be used
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

  /** Returns whether this attempt uses a connection that is pinned to the client. */
  boolean isOverPin() {
    return pin != null;
  }

  // ---- the stream

  /**
   * Returns an idle connection; null without one.
   *
   * @param fresh whether a new connection is needed, so that idle ones of the pool are not used
   */
  @Nullable ClientStream poll(HttpStream client, boolean fresh) {
    if (pin != null) {
      return pin.isIdle() ? pin : null;
    }
    return fresh ? null : transport.poll(client.loop(), endpoint);
  }

  /**
   * Asks for a stream. Calls the exchange with the stream or a failure, before this returns or
   * later.
   *
   * @param patient whether to wait if the endpoint is at its limit of connections
   * @return whether the exchange is called later
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
   * Sends the request on its stream, without a flush.
   *
   * @param awaitsSwitch whether the body waits until the backend accepts WebSocket
   */
  void send(ClientStream stream, HttpRequest request, RequestBody body, boolean awaitsSwitch) {
    stream.begin(exchange.response(), request.method(), awaitsSwitch);
    if (!awaitsSwitch && body.isEnded() && !body.isSent() && !body.isWaiting()) {
      // One message: one buffer and one way through the pipeline.
      stream.write(
          new DefaultFullHttpRequest(
              request.protocolVersion(),
              request.method(),
              request.uri(),
              Unpooled.EMPTY_BUFFER,
              request.headers(),
              EmptyHttpHeaders.INSTANCE));
      return;
    }
    stream.write(request);
    if (!awaitsSwitch) {
      body.sendWaiting(stream);
    }
  }

  // ---- end

  /** Reports that the whole request is on its way, and the response alone is awaited. */
  void requestSent() {
    completion.requestSent();
  }

  /** Reports the head of a final response to the cluster. */
  void headReceived() {
    completion.headReceived();
  }

  /** Stops waiting for a stream. */
  void cancel() {
    if (pending != null) {
      pending.cancel();
      pending = null;
    }
  }

  /**
   * Reports the outcome of the exchange, which ended with this attempt.
   *
   * @param failure null if the client got a complete response
   */
  void ended(@Nullable Failure failure, ExchangeLog log) {
    completion.done(
        switch (failure) {
          case null -> new Outcome.Answered(log.status, log.responseHeadNanos - startNanos);
          case Failure.Upstream upstream -> new Outcome.Failed(upstream);
          case Failure other -> CANCELLED;
        });
  }

  /** Reports the outcome of this attempt, which ended before the exchange. */
  void ended(Outcome outcome) {
    completion.done(outcome);
  }
}
