package sallyport.proxy;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;
import sallyport.answer.Responder;
import sallyport.cluster.Outcome;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.connect.stream.ResponseListener;
import sallyport.http.ConnectionAuthentication;
import sallyport.http.FailureTable;
import sallyport.http.WebSocketHandshake;
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
public final class Exchange implements ResponseListener {
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
  private final ClientPace pace;

  private ExchangeState state = IDLE;

  /** Whether the client got an interim response. */
  private boolean interimWritten;

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

  /**
   * Whether the request has been read to its end when its response is over: the client's connection
   * can have another one then. Where a connection authenticates, an early answer is no end: the
   * login goes on over it, and the backend expects the rest of the request first.
   */
  private boolean takesWholeRequest() {
    return body.isEnded()
        || (attempts.isPinned()
            && !body.isDiscarded()
            && !body.isHeldBack()
            && !client.sharesConnection());
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

  /** Whether this is still its stream: one that fails while it is written to is not. */
  private boolean isCarriedBy(ClientStream stream) {
    return stream.equals(state.stream());
  }

  private void updateFlow() {
    flow.update(state, isResponding());
  }

  private void armTimeout() {
    ClientStream stream = state.stream();
    if (stream != null) {
      stream.armTimeout(state.timeout(target.route(), body).toNanos());
    }
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

  @Override
  public void onWritable() {
    updateFlow();
  }

  private void onRefused(Failure failure) {
    if (client.sharesConnection() && failure != Failure.Client.BODY_TOO_LARGE) {
      // What came is not what it says it is: where it ends is not known.
      context.refusals().refused(log, failure);
      if (!state.hasHead()) {
        log.status = FailureTable.status(failure);
      }
      finish(failure, /* keepsStream= */ false);
      client.abort(HttpStream.Abort.MALFORMED);
    } else {
      fail(failure);
    }
  }

  // ---- response: backend to client

  @Override
  public void onInterim(HttpResponse response) {
    if (response.status().code() == 100) {
      body.letGo();
    }
    client.writeInterim(response);
    interimWritten = true;
    updateFlow();
    // The client was told to go on: what it sends now is awaited like any body.
    armTimeout();
  }

  @Override
  public void onHead(HttpResponse response) {
    Attempt attempt = state.attempt();
    ClientStream stream = state.stream();
    if (attempt == null || stream == null) {
      return;
    }
    if (state instanceof AwaitingSwitch && !settle(attempt, stream, response)) {
      return;
    }
    state =
        ResponseHead.isSwitch(response)
            ? new Tunnel(attempt, stream)
            : new Relaying(attempt, stream);
    if (!attempts.isPinned()
        && stream.exclusive() != null
        && !client.sharesConnection()
        && ConnectionAuthentication.isOfferedBy(response)) {
      attempts.pin(attempt, stream.exclusive());
    }
    log.responseHeadNanos = System.nanoTime();
    attempt.metrics().responded(log.responseHeadNanos - log.startNanos);
    log.status = response.status().code();
    ResponseHead.forClient(
        response, stream.version(response), target, request.headers(), log.requestId);
    client.writeHead(response, request.method(), takesWholeRequest());
    armTimeout();
    if (needs.webSocket()) {
      body.sendWaiting(stream);
      flushRequest();
      updateFlow();
    }
  }

  /**
   * Looks whether the backend agrees to WebSocket.
   *
   * @return false when the exchange has failed
   */
  private boolean settle(Attempt attempt, ClientStream stream, HttpResponse response) {
    if (!ResponseHead.isSwitch(response)) {
      // What the client says after this is not meant for HTTP: the backend sees no more of it.
      body.discard();
      stream.write(LastHttpContent.EMPTY_LAST_CONTENT);
      stream.flush();
      return isCarriedBy(stream);
    }
    String key = request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    if (key != null && WebSocketHandshake.isAgreed(response.headers(), key)) {
      return true;
    }
    Failure.Response fault = Failure.Response.BAD_WEBSOCKET_ACCEPT;
    log.responseFault = fault;
    target.client().exchangeFailed(attempt.endpoint(), Failure.Upstream.BAD_RESPONSE, fault);
    fail(Failure.Upstream.BAD_RESPONSE);
    return false;
  }

  @Override
  public void onContent(HttpContent content) {
    log.responseBytes += content.content().readableBytes();
    client.writeContent(content);
    if (!client.isWritable()) {
      client.flush();
      updateFlow();
    }
    armTimeout();
  }

  @Override
  public void onReadComplete() {
    client.flush();
  }

  /** The client has taken what waited for it. */
  public void onClientWritable() {
    if (isResponding()) {
      updateFlow();
      armTimeout();
    }
  }

  @Override
  public void onEnd(LastHttpContent last) {
    log.responseBytes += last.content().readableBytes();
    if (state instanceof Relaying(Attempt attempt, ClientStream stream)
        && !body.isEnded()
        && takesWholeRequest()) {
      endEarly(attempt, stream, last);
    } else {
      end(last);
    }
  }

  /** The client gets all of the answer but its end, which follows the end of the request. */
  private void endEarly(Attempt attempt, ClientStream stream, LastHttpContent last) {
    LastHttpContent end = last;
    if (last.content().isReadable()) {
      client.writeContent(new DefaultHttpContent(last.content()));
      end = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, last.trailingHeaders());
    }
    state = new Ending(attempt, stream, end);
    client.flush();
    updateFlow();
    armTimeout();
  }

  private void end(LastHttpContent last) {
    // The connection returns to its pool automatically, unless more of the request is to come.
    finish(null, /* keepsStream= */ body.isEnded() || body.isDiscarded());
    client.writeEnd(last);
  }

  // ---- whose turn it is

  /** Once the response has begun, what the client still sends is a conversation. */
  boolean awaitsClient() {
    return (state instanceof Connecting || state instanceof Sending)
        && !needs.webSocket()
        && !body.isEnded()
        && !body.isHeldBack()
        && client.isReading();
  }

  /** Whether anything of the backend went to the client. */
  boolean isResponding() {
    return interimWritten || state.hasHead();
  }

  /** The client has its own timeouts, for either body. */
  @Override
  public boolean awaitsBackend() {
    return !awaitsClient() && !(isResponding() && !client.isWritable());
  }

  // ---- failure

  /** Takes the failure of an attempt that got no stream. */
  void onConnectFailure(Attempt attempt, Failure.Upstream failure) {
    if (isConnecting(attempt)) {
      onAttemptFailed(attempt, failure, /* reused= */ false, new Outcome.ConnectFailed(failure));
    }
  }

  @Override
  public void onFailure(Failure.Upstream failure, Failure.@Nullable Response fault) {
    Attempt attempt = state.attempt();
    ClientStream stream = state.stream();
    if (attempt == null || stream == null) {
      return;
    }
    log.responseFault = fault;
    log.address = stream.address();
    target.client().exchangeFailed(attempt.endpoint(), failure, fault);
    onAttemptFailed(attempt, failure, stream.reused(), new Outcome.Failed(failure));
  }

  private void onAttemptFailed(
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

  private void abandon(Failure.Client failure) {
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

  /** Enters a state that has no stream, and gives up what the present one holds. */
  private void leave(ExchangeState next) {
    if (state instanceof Ending ending) {
      ending.last().release();
    }
    state = next;
  }
}
