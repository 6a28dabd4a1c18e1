package sallyport.proxy;

import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;
import sallyport.answer.Responder;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Outcome;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.connect.stream.ResponseListener;
import sallyport.http.FailureTable;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.proxy.ExchangeState.AwaitingHead;
import sallyport.proxy.ExchangeState.AwaitingSwitch;
import sallyport.proxy.ExchangeState.Connecting;
import sallyport.proxy.ExchangeState.Done;
import sallyport.proxy.ExchangeState.Ending;
import sallyport.proxy.ExchangeState.Relaying;
import sallyport.proxy.ExchangeState.Sending;
import sallyport.proxy.ExchangeState.Tunnel;
import sallyport.proxy.head.ResponseHead;
import sallyport.proxy.head.RouteTarget;
import sallyport.proxy.stream.HttpStream;

/**
 * Routed exchange from its first attempt to the end of its response: sends the request to a backend
 * as it is received. {@link ResponseRelay} has the way back.
 *
 * <pre>
 *             attempt           connected
 *   Idle ---------------> Connecting ----+---> Sending -------> AwaitingHead
 *    ^  \                     |          |        |     whole         |
 *    |   \  stream at once    |          |        |                   |
 *    |    +-------------------|----------+        +---------+---------+
 *    |                        |          |                  | head
 *    |  may be tried again    |          |                  v
 *    +------------------------+          |              Relaying ----> Ending
 *    +-- Sending, AwaitingHead,          |                  ^    early end
 *        AwaitingSwitch                  |                  | declined
 *                                        +---> AwaitingSwitch ------> Tunnel
 *                                                              101
 * </pre>
 *
 * <p>The end of the response, a failure and the end of the client's connection lead from every
 * state to Done. A failure of the backend leads from Relaying, Ending and Tunnel to Cut, then to
 * Done.
 *
 * <p>Every call must run on the event loop of the client's connection.
 */
public final class Exchange {
  private static final ExchangeState IDLE = new ExchangeState.Idle();
  private static final ExchangeState CUT = new ExchangeState.Cut();
  private static final ExchangeState DONE = new Done();

  private final HttpStream client;
  private final ProxyContext context;
  private final RouteTarget target;
  private final ExchangeLog log;
  private final HttpRequest request;
  private final ConnectionNeeds needs;
  private final RequestBody body;
  private final FlowControl flow;
  private final Attempts attempts;
  private final ResponseRelay response;
  private final ClientPace pace;

  /** Whether the body is held until it is whole, since it has no length. */
  private final boolean holds;

  private ExchangeState state = IDLE;

  /**
   * @param request the head that the backend gets
   * @param key what the choice of an endpoint is hashed from; null without one
   * @param preferred the endpoint that the client keeps; null without one
   * @param bodyless whether no body follows
   * @param needs the requirements on a connection
   */
  Exchange(
      HttpStream client,
      ProxyContext context,
      RouteTarget target,
      ExchangeLog log,
      HttpRequest request,
      @Nullable String key,
      @Nullable Endpoint preferred,
      boolean bodyless,
      ConnectionNeeds needs) {
    this.client = client;
    this.context = context;
    this.target = target;
    this.log = log;
    this.request = request;
    this.needs = needs;
    this.holds =
        target.route().bufferRequests() > 0
            && !bodyless
            && !needs.webSocket()
            && !request.headers().contains(HttpHeaderNames.CONTENT_LENGTH);
    this.body =
        new RequestBody(
            bodyless,
            HttpUtil.is100ContinueExpected(request),
            needs.webSocket() ? Long.MAX_VALUE : bodyLimit(),
            context.identityFields(),
            log);
    this.flow = new FlowControl(client, body);
    this.attempts =
        new Attempts(
            this,
            target.client(),
            client.pinned(),
            log,
            key,
            preferred,
            needs.pinned(),
            client.loop().ticker());
    this.response = new ResponseRelay(this, client, target, log, request, body, attempts);
    this.pace =
        new ClientPace(
            this,
            client,
            context.pace(client.loop()),
            target.minRequestRate(context.limits().pace().minRequestRate()),
            log);
  }

  /** Makes the first attempt; fails the exchange if Content-Length is above the limit. */
  public void start() {
    target.metrics().exchangeStarted();
    if (HttpUtil.getContentLength(request, -1L) > maxBody()) {
      fail(Failure.Client.BODY_TOO_LARGE);
      return;
    }
    pace.enter();
    if (holds) {
      letGo();
    } else {
      attempt(/* fresh= */ false);
    }
  }

  /** Tells a client to send its body that waits for 100. */
  private void letGo() {
    if (body.isHeldBack()) {
      body.letGo();
      request.headers().remove(HttpHeaderNames.EXPECT);
      client.writeInterim(ResponseHead.sendBody());
    }
  }

  private long bodyLimit() {
    return holds ? Math.min(maxBody(), target.route().bufferRequests()) : maxBody();
  }

  private long maxBody() {
    return target.maxBody(context.limits().maxBodyBytes());
  }

  /** Returns whether the whole request is received. */
  public boolean requestEnded() {
    return body.isEnded();
  }

  // ---- attempts

  private void attempt(boolean fresh) {
    Attempt attempt = attempts.next();
    if (attempt == null) {
      return;
    }
    boolean canServe = attempts.canServe(attempt);
    ClientStream idle = canServe ? attempt.poll(client, fresh) : null;
    if (idle != null) {
      // Without a flush: if the same read has a fault as well, the backend must get nothing.
      use(attempt, idle);
      return;
    }
    state = new Connecting(attempt);
    if (!canServe) {
      onConnectFailure(attempt, Failure.Upstream.PROTOCOL_MISMATCH);
    } else if (attempt.connect(client, needs, attempts.isPatient(attempt))) {
      updateFlow();
    }
  }

  /**
   * Takes the stream of an attempt.
   *
   * @param waited whether the request has waited for the stream
   */
  void onConnected(Attempt attempt, ClientStream stream, boolean waited) {
    if (!isConnecting(attempt)) {
      return;
    }
    use(attempt, stream);
    if (waited) {
      stream.flush();
    }
  }

  private boolean isConnecting(Attempt attempt) {
    return state instanceof Connecting(Attempt current) && current.equals(attempt);
  }

  private void use(Attempt attempt, ClientStream stream) {
    flow.newStream();
    if (needs.webSocket()) {
      state = new AwaitingSwitch(attempt, stream);
    } else if (body.isEnded()) {
      state = new AwaitingHead(attempt, stream);
      attempt.requestSent();
    } else {
      state = new Sending(attempt, stream);
    }
    if (attempts.isPinned()) {
      attempts.pin(attempt, stream.exclusive());
    }
    attempt.send(stream, request, body, needs.webSocket());
    if (isCarriedBy(stream)) {
      armTimeout();
      updateFlow();
    }
  }

  /** Takes the failure of an attempt that got no stream. */
  void onConnectFailure(Attempt attempt, Failure.Upstream failure) {
    if (isConnecting(attempt)) {
      onAttemptFailed(attempt, failure, /* reused= */ false, new Outcome.ConnectFailed(failure));
    }
  }

  /** Makes another attempt if one is allowed, and fails the exchange if not. */
  void onAttemptFailed(Attempt attempt, Failure.Upstream failure, boolean reused, Outcome outcome) {
    boolean begun = state.hasHead();
    leave(begun ? CUT : IDLE);
    attempt.ended(outcome);
    attempts.failed(
        attempt,
        /* serves= */ failure == Failure.Upstream.STREAM_REFUSED
            || outcome instanceof Outcome.Cancelled);
    // A body that is discarded is lost as one that is sent.
    boolean bodyGone = body.isSent() || body.isDiscarded();
    if (begun || !attempts.mayRetry(attempt, failure, request.method(), reused, bodyGone)) {
      fail(failure);
      return;
    }
    attempt.metrics().retried();
    attempt(/* fresh= */ true);
    flushRequest();
  }

  // ---- request: client to backend

  /** Takes a piece of the request body, and its reference. */
  public void onRequestContent(HttpContent content) {
    if (isOver() || body.isEnded() || body.isDiscarded()) {
      content.release();
      return;
    }
    Failure refused = body.receive(content);
    if (refused != null) {
      content.release();
      onRefused(refused);
      return;
    }
    if (holds) {
      hold(content);
      return;
    }
    ClientStream stream = state.stream();
    if (stream == null || state instanceof AwaitingSwitch) {
      body.keep(content);
      return;
    }
    body.send(stream, content);
    if (!isCarriedBy(stream)) {
      // The write failed: onFailure has dealt with the exchange.
      return;
    }
    if (body.isEnded()) {
      onRequestEnd(stream);
    } else {
      armTimeout();
      if (!stream.isWritable()) {
        stream.flush();
        updateFlow();
      }
    }
  }

  /** Holds a piece, and makes the first attempt once the body is whole. */
  private void hold(HttpContent content) {
    body.gather(content);
    if (context.memory().isExhausted()) {
      fail(Failure.Gateway.OUT_OF_MEMORY);
      return;
    }
    if (body.isEnded()) {
      body.finishGathering();
      HttpHeaders headers = request.headers();
      headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
      headers.remove(HttpHeaderNames.TRAILER);
      headers.set(HttpHeaderNames.CONTENT_LENGTH, log.requestBytes);
      attempt(/* fresh= */ false);
    }
  }

  private void onRequestEnd(ClientStream stream) {
    switch (state) {
      case Ending(Attempt attempt, ClientStream same, LastHttpContent last) -> {
        stream.flush();
        state = new Relaying(attempt, same);
        end(last);
      }
      case Sending(Attempt attempt, ClientStream same) -> {
        state = new AwaitingHead(attempt, same);
        attempt.requestSent();
        armTimeout();
      }
      case ExchangeState other -> armTimeout();
    }
  }

  /** Flushes the request at the end of a read of the client's socket. */
  public void flushRequest() {
    ClientStream stream = state.stream();
    if (stream != null) {
      stream.flush();
    }
  }

  private void onRefused(Failure failure) {
    if (client.sharesConnection() && failure != Failure.Client.BODY_TOO_LARGE) {
      // The message is malformed: its end is not known.
      context.refusals().refused(log, failure);
      abandon(failure);
      client.abort(HttpStream.Abort.MALFORMED);
    } else {
      fail(failure);
    }
  }

  /** Resumes the response once the client's buffer has room. */
  public void onClientWritable() {
    if (isResponding()) {
      updateFlow();
      armTimeout();
    }
  }

  // ---- end

  /** Ends the exchange with the end of its response. */
  void end(LastHttpContent last) {
    // The connection returns to its pool automatically, unless more of the request follows.
    finish(null, /* keepsStream= */ body.isEnded() || body.isDiscarded());
    client.writeEnd(last);
  }

  /** Ends the exchange with an answer of the gateway's own, or aborts a response that has begun. */
  public void fail(Failure failure) {
    if (isOver()) {
      return;
    }
    if (failure == Failure.Client.BODY_TOO_LARGE) {
      log.setting =
          target.maxBodySetting(
              context.refusals().listener(), context.limits().maxBodyBytes(), holds);
    }
    context.refusals().refused(log, failure);
    if (state.hasHead()) {
      finish(failure, /* keepsStream= */ false);
      client.abort(HttpStream.Abort.INCOMPLETE);
    } else {
      FullHttpResponse reply =
          Responder.failure(log, failure, target.securityHeaders(), target.route().errorPages());
      finish(failure, /* keepsStream= */ false);
      client.writeReply(reply, body.isEnded(), FailureTable.of(failure).ends());
    }
  }

  /** Tells a WebSocket that the gateway stops. Any other exchange goes on to its end. */
  public void goAway() {
    response.goAway();
  }

  /** Ends the exchange of a stream that is reset, as the client broke a rule of HTTP/2. */
  public void onStreamError(Failure.Client failure) {
    abandon(failure);
  }

  /** Ends the exchange of a client that has closed its connection or its stream. */
  public void onClientClosed() {
    abandon(Failure.Client.CLIENT_CLOSED);
  }

  private void abandon(Failure failure) {
    if (isOver()) {
      return;
    }
    if (!state.hasHead()) {
      log.status = FailureTable.status(failure);
    }
    // Either side may end a tunnel.
    boolean ends = state instanceof Tunnel && failure == Failure.Client.CLIENT_CLOSED;
    finish(ends ? null : failure, /* keepsStream= */ false);
  }

  private boolean isOver() {
    return state instanceof Done;
  }

  private void finish(@Nullable Failure failure, boolean keepsStream) {
    Attempt attempt = state.attempt();
    ClientStream stream = state.stream();
    leave(DONE);
    // Delivery applies the minimum rate to what the client has not received.
    pace.leave();
    body.release();
    if (attempt != null) {
      attempt.cancel();
      if (stream != null && !keepsStream) {
        stream.abort();
      }
      attempt.ended(failure, log);
    }
    log.failure = failure;
    log.endNanos = System.nanoTime();
    context.finished(log, target.metrics());
  }

  // ---- state

  ExchangeState state() {
    return state;
  }

  void enter(ExchangeState next) {
    state = next;
  }

  /** Enters a state without a stream, and releases what the present one holds. */
  private void leave(ExchangeState next) {
    if (state instanceof Ending ending) {
      ending.last().release();
    }
    state = next;
  }

  /** Returns whether the exchange still uses this stream; false after a write that failed. */
  boolean isCarriedBy(ClientStream stream) {
    return stream.equals(state.stream());
  }

  /** Returns the listener for all attempts of this exchange. */
  ResponseListener response() {
    return response;
  }

  /**
   * Returns whether the exchange waits for more of the request. After the head of the response it
   * does not: both sides send at their own pace, as in gRPC.
   */
  boolean awaitsClient() {
    return (state instanceof Connecting || state instanceof Sending || isHolding())
        && !needs.webSocket()
        && !body.isEnded()
        && !body.isHeldBack()
        && client.isReading();
  }

  private boolean isHolding() {
    return holds && state instanceof ExchangeState.Idle;
  }

  /** Returns whether the client got any part of a response of the backend. */
  boolean isResponding() {
    return response.hasBegun();
  }

  void updateFlow() {
    flow.update(state, isResponding());
  }

  void armTimeout() {
    ClientStream stream = state.stream();
    if (stream != null) {
      long nanos = state.timeout(target.route(), body).toNanos();
      stream.armTimeout(state instanceof AwaitingHead ? attempts.timeout(nanos) : nanos);
    }
  }

  /**
   * Decides on an attempt whose time is over.
   *
   * @return false if it goes on, with more time
   */
  boolean givesUp() {
    if (state instanceof AwaitingHead(Attempt attempt, ClientStream stream)
        && !attempts.givesUp(attempt, request.method(), body.isSent())) {
      armTimeout();
      return false;
    }
    return true;
  }
}
