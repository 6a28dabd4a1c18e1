package sallyport.proxy;

import sallyport.proxy.head.RouteTarget;
import sallyport.proxy.stream.HttpStream;

import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;
import sallyport.answer.Responder;
import sallyport.cluster.Outcome;
import sallyport.connect.ConnectionNeeds;
import sallyport.connect.stream.ClientStream;
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

/**
 * A routed exchange from its first attempt to the end of its response: sends the request as it
 * comes in, and hands the response on as it comes back.
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
 * <p>From every state an end, a failure or the client's leaving leads to Done; from Relaying,
 * Ending and Tunnel a failure of the backend does so through Cut.
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

  private ExchangeState state = IDLE;

  /**
   * @param request the head as the backend is to see it
   * @param bodyless whether no body follows
   * @param needs what it needs of a connection
   */
  Exchange(
      HttpStream client,
      ProxyContext context,
      RouteTarget target,
      ExchangeLog log,
      HttpRequest request,
      boolean bodyless,
      ConnectionNeeds needs) {
    this.client = client;
    this.context = context;
    this.target = target;
    this.log = log;
    this.request = request;
    this.needs = needs;
    this.body =
        new RequestBody(
            bodyless,
            HttpUtil.is100ContinueExpected(request),
            needs.webSocket() ? Long.MAX_VALUE : maxBody(),
            context.identityFields(),
            log);
    this.flow = new FlowControl(client, body);
    this.attempts = new Attempts(this, target.client(), client.pinned(), log, needs.pinned());
    this.response = new ResponseRelay(this, client, target, log, request, body, attempts);
    this.pace =
        new ClientPace(
            this,
            client,
            context.pace(client.loop()),
            target.minRequestRate(context.limits().pace().minRequestRate()),
            log);
  }

  /** Makes the first attempt, unless the head announces more than may be sent. */
  public void start() {
    target.metrics().exchangeStarted();
    if (HttpUtil.getContentLength(request, -1L) > maxBody()) {
      fail(Failure.Client.BODY_TOO_LARGE);
      return;
    }
    pace.enter();
    attempt(/* fresh= */ false);
  }

  private long maxBody() {
    return target.maxBody(context.limits().maxBodyBytes());
  }

  /** Whether all of the request has come in. */
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
      // Without a flush: a fault that came in the same read must not leave a word with the backend.
      use(attempt, idle);
      return;
    }
    state = new Connecting(attempt);
    if (!canServe) {
      onConnectFailure(attempt, Failure.Upstream.PROTOCOL_MISMATCH);
    } else if (attempt.connect(client, needs, attempts.isPatient())) {
      updateFlow();
    }
  }

  /**
   * Takes the stream of an attempt.
   *
   * @param waited whether the request has waited for it
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
  void onAttemptFailed(
      Attempt attempt, Failure.Upstream failure, boolean reused, Outcome outcome) {
    boolean begun = state.hasHead();
    leave(begun ? CUT : IDLE);
    attempt.ended(outcome);
    attempts.failed(attempt);
    if (begun || !attempts.mayRetry(attempt, failure, request.method(), reused, body.isSent())) {
      fail(failure);
      return;
    }
    attempt.metrics().retried();
    attempt(/* fresh= */ true);
    flushRequest();
  }

  // ---- request: client to backend

  /** A piece of the request body; takes over the reference. */
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
    ClientStream stream = state.stream();
    if (stream == null || state instanceof AwaitingSwitch) {
      body.keep(content);
      return;
    }
    body.send(stream, content);
    if (!isCarriedBy(stream)) {
      // It failed on that very piece, and the exchange has been seen to.
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

  private void onRequestEnd(ClientStream stream) {
    switch (state) {
      case Ending(Attempt attempt, ClientStream same, LastHttpContent last) -> {
        stream.flush();
        state = new Relaying(attempt, same);
        end(last);
      }
      case Sending(Attempt attempt, ClientStream same) -> {
        state = new AwaitingHead(attempt, same);
        armTimeout();
      }
      case ExchangeState other -> armTimeout();
    }
  }

  /** All that the client's socket had to give has been handed over. */
  public void flushRequest() {
    ClientStream stream = state.stream();
    if (stream != null) {
      stream.flush();
    }
  }

  private void onRefused(Failure failure) {
    if (client.sharesConnection() && failure != Failure.Client.BODY_TOO_LARGE) {
      // What came is not what it says it is: where it ends is not known.
      context.refusals().refused(log, failure);
      abandon(failure);
      client.abort(HttpStream.Abort.MALFORMED);
    } else {
      fail(failure);
    }
  }

  /** The client has taken what waited for it. */
  public void onClientWritable() {
    if (isResponding()) {
      updateFlow();
      armTimeout();
    }
  }

  // ---- end

  /** Ends the exchange with the end of its response. */
  void end(LastHttpContent last) {
    // The connection returns to its pool automatically, unless more of the request is to come.
    finish(null, /* keepsStream= */ body.isEnded() || body.isDiscarded());
    client.writeEnd(last);
  }

  /** Ends the exchange with an answer of the gateway's own, or cuts it when one has begun. */
  public void fail(Failure failure) {
    if (isOver()) {
      return;
    }
    context.refusals().refused(log, failure);
    if (state.hasHead()) {
      finish(failure, /* keepsStream= */ false);
      client.abort(HttpStream.Abort.INCOMPLETE);
    } else {
      FullHttpResponse reply = Responder.failure(log, failure, target.securityHeaders());
      finish(failure, /* keepsStream= */ false);
      client.writeReply(reply, body.isEnded(), FailureTable.of(failure).ends());
    }
  }

  /** The client broke the rules of HTTP/2 itself: its stream is being reset. */
  public void onStreamError() {
    abandon(Failure.Client.STREAM_ERROR);
  }

  /** The client went away: nothing can be written any more. */
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
    // Of a tunnel either side may be the one that ends it.
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
    // What the client has yet to take, its connection holds it to.
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

  /** Enters a state that has no stream, and gives up what the present one holds. */
  private void leave(ExchangeState next) {
    if (state instanceof Ending ending) {
      ending.last().release();
    }
    state = next;
  }

  /** Whether the stream is the one of this state: one that fails during a write is not. */
  boolean isCarriedBy(ClientStream stream) {
    return stream.equals(state.stream());
  }

  /** Returns the listener for all attempts of this exchange. */
  ResponseListener response() {
    return response;
  }

  /**
   * Whether the exchange waits for more of the request. After the head of the response it does not:
   * both sides send at their own pace, as in gRPC.
   */
  boolean awaitsClient() {
    return (state instanceof Connecting || state instanceof Sending)
        && !needs.webSocket()
        && !body.isEnded()
        && !body.isHeldBack()
        && client.isReading();
  }

  /** Whether the client got any part of a response of the backend. */
  boolean isResponding() {
    return response.hasBegun();
  }

  void updateFlow() {
    flow.update(state, isResponding());
  }

  void armTimeout() {
    ClientStream stream = state.stream();
    if (stream != null) {
      stream.armTimeout(state.timeout(target.route(), body).toNanos());
    }
  }
}
