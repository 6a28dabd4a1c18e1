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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.answer.Responder;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Outcome;
import sallyport.cluster.Pick;
import sallyport.cluster.PickContext;
import sallyport.config.route.RouteConfig;
import sallyport.connect.ClientTransport;
import sallyport.connect.ConnectionNeeds;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ExclusiveConnection;
import sallyport.connect.stream.ResponseListener;
import sallyport.http.ConnectionAuthentication;
import sallyport.http.FailureTable;
import sallyport.http.WebSocketHandshake;
import sallyport.http.codec.MalformedMessage;
import sallyport.net.Failure;
import sallyport.net.transport.MinimumRate;
import sallyport.net.transport.TransferProgress;
import sallyport.observe.access.ExchangeLog;
import sallyport.proxy.ExchangeState.AwaitingHead;
import sallyport.proxy.ExchangeState.AwaitingSwitch;
import sallyport.proxy.ExchangeState.Connecting;
import sallyport.proxy.ExchangeState.Done;
import sallyport.proxy.ExchangeState.Ending;
import sallyport.proxy.ExchangeState.Relaying;
import sallyport.proxy.ExchangeState.Sending;
import sallyport.proxy.ExchangeState.Tunnel;
import sallyport.proxy.PinnedConnections.Pin;

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
public final class Exchange implements ResponseListener, TransferProgress {
  private final HttpStream client;
  private final ProxyContext context;
  private final RouteTarget target;
  private final ExchangeLog log;
  private final HttpRequest request;
  private final ConnectionNeeds needs;
  private final long maxBody;
  private final RequestBody body;
  private final FlowControl flow;

  private ExchangeState state = ExchangeState.IDLE;

  /** Endpoints of earlier attempts, the last one last. */
  private List<Endpoint> tried = List.of();

  private MinimumRate.@Nullable Place place;

  /** Whether it goes over a connection that is the client connection's own. */
  private boolean pinned;

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
    this.maxBody = target.maxBody(context.limits().maxBodyBytes());
    this.body = new RequestBody(bodyless, HttpUtil.is100ContinueExpected(request));
    this.flow = new FlowControl(client, body);
    this.pinned = needs.pinned();
  }

  /** Makes the first attempt, unless the head announces more than may be sent. */
  public void start() {
    target.metrics().exchangeStarted();
    if (HttpUtil.getContentLength(request, -1L) > maxBody) {
      fail(Failure.Client.BODY_TOO_LARGE);
      return;
    }
    place = context.pace(client.loop()).enter(this);
    attempt(/* fresh= */ false);
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
        || (pinned && !body.isDiscarded() && !body.isHeldBack() && !client.sharesConnection());
  }

  // ---- attempts

  private void attempt(boolean fresh) {
    ClientTransport transport = target.client();
    // Where this client's connection has a connection of its own, no other will do.
    Pin pin = pinned ? client.pinned().get(transport) : null;
    PickContext context =
        pin != null ? PickContext.boundTo(pin.endpoint()) : PickContext.after(tried);
    switch (transport.cluster().pick(context)) {
      case Pick.NoneHealthy none -> fail(Failure.Gateway.NO_ENDPOINT);
      case Pick.Overloaded overloaded -> fail(Failure.Upstream.CONNECTION_LIMIT);
      case Pick.Picked picked ->
          attempt(
              new Attempt(this, transport, picked, pin == null ? null : pin.connection()), fresh);
    }
  }

  private void attempt(Attempt attempt, boolean fresh) {
    log.attempts++;
    log.responseFault = null;
    log.endpoint = attempt.endpoint().name();
    log.address = "";
    boolean pinnable = attempt.isOverPin() || target.client().canPin();
    ClientStream idle = pinned && !pinnable ? null : attempt.poll(client, fresh);
    if (idle != null) {
      // Without a flush: a fault that came in the same read must not leave a word with the backend.
      use(attempt, idle);
      return;
    }
    state = new Connecting(attempt);
    if (pinned && !pinnable) {
      onConnectFailure(attempt, Failure.Upstream.PROTOCOL_MISMATCH);
      return;
    }
    // Another endpoint may have room at once.
    boolean patient = tried.size() + 1 >= target.client().cluster().endpoints().size();
    if (attempt.connect(client, needs, patient)) {
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
    if (pinned) {
      pin(attempt, stream.exclusive());
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

  /** Keeps the connection for this client alone. */
  private void pin(Attempt attempt, @Nullable ExclusiveConnection connection) {
    pinned = true;
    log.pinned = true;
    if (!attempt.isOverPin() && connection != null) {
      client.pinned().put(target.client(), attempt.endpoint(), connection);
      attempt.metrics().pinned();
    }
  }

  private void updateFlow() {
    flow.update(state, hasWritten());
  }

  /**
   * Waits for the response once the request is out, or the client may not go on without one; for
   * progress before and after that.
   */
  private void armTimeout() {
    ClientStream stream = state.stream();
    if (stream != null) {
      RouteConfig route = target.route();
      boolean mayGoOn = !body.isEnded() && !body.isHeldBack();
      Duration timeout =
          switch (state) {
            case Tunnel tunnel -> route.tunnelTimeout();
            case AwaitingHead awaiting -> route.responseTimeout();
            case AwaitingSwitch awaiting -> route.responseTimeout();
            case Sending sending -> mayGoOn ? route.idleTimeout() : route.responseTimeout();
            case Relaying relaying -> route.idleTimeout();
            case Ending ending -> route.idleTimeout();
            case ExchangeState.Idle none -> route.idleTimeout();
            case Connecting none -> route.idleTimeout();
            case ExchangeState.Cut none -> route.idleTimeout();
            case Done none -> route.idleTimeout();
          };
      stream.armTimeout(timeout.toNanos());
    }
  }

  // ---- request: client to backend

  /** A piece of the request body; takes over the reference. */
  public void onRequestContent(HttpContent content) {
    if (body.isEnded() || body.isDiscarded()) {
      content.release();
      return;
    }
    Failure malformed = MalformedMessage.in(content);
    if (malformed != null) {
      content.release();
      onMalformed(malformed);
      return;
    }
    body.letGo();
    log.requestBytes += content.content().readableBytes();
    if (log.requestBytes > maxBody && !needs.webSocket()) {
      content.release();
      fail(Failure.Client.BODY_TOO_LARGE);
      return;
    }
    if (content instanceof LastHttpContent last && !last.trailingHeaders().isEmpty()) {
      context.identityFields().strip(last.trailingHeaders(), /* trusted= */ false);
    }
    body.received(content);
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

  /** What came is not what it says it is: nobody may guess where it ends. */
  private void onMalformed(Failure failure) {
    if (client.sharesConnection()) {
      context.refusals().refused(log, failure);
      log.status = state.hasHead() ? log.status : FailureTable.status(failure);
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
    boolean switches = false;
    if (state instanceof AwaitingSwitch) {
      switches = ResponseHead.isSwitch(response);
      if (switches && !provesSwitch(attempt, response)) {
        return;
      }
    }
    state = switches ? new Tunnel(attempt, stream) : new Relaying(attempt, stream);
    if (needs.webSocket() && !switches) {
      onDeclined(stream);
    }
    if (!pinned
        && stream.exclusive() != null
        && !client.sharesConnection()
        && ConnectionAuthentication.isOfferedBy(response)) {
      pin(attempt, stream.exclusive());
    }
    log.responseHeadNanos = System.nanoTime();
    attempt.metrics().responded(log.responseHeadNanos - log.startNanos);
    log.status = response.status().code();
    ResponseHead.forClient(
        response, stream.version(response), target, request.headers(), log.requestId);
    client.writeHead(response, request.method(), takesWholeRequest());
    armTimeout();
    if (state instanceof Tunnel) {
      body.sendWaiting(stream);
      stream.flush();
      updateFlow();
    }
  }

  /** What the client says after this is not meant for HTTP: the backend sees no more of it. */
  private void onDeclined(ClientStream stream) {
    body.discard();
    stream.write(LastHttpContent.EMPTY_LAST_CONTENT);
    stream.flush();
    updateFlow();
  }

  /**
   * @return false when the backend does not prove that it understood, and the exchange has failed
   */
  private boolean provesSwitch(Attempt attempt, HttpResponse response) {
    String key = request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    if (key != null && WebSocketHandshake.isAgreed(response.headers(), key)) {
      return true;
    }
    log.responseFault = Failure.Response.BAD_WEBSOCKET_ACCEPT;
    target
        .client()
        .exchangeFailed(
            attempt.endpoint(),
            Failure.Upstream.BAD_RESPONSE,
            Failure.Response.BAD_WEBSOCKET_ACCEPT);
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
    if (hasWritten()) {
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
    // The connection goes back to its pool by itself, unless more of the request is to come.
    finish(null, /* keepsStream= */ body.isEnded() || body.isDiscarded());
    client.writeEnd(last);
  }

  // ---- the client's pace

  @Override
  public long requestBytes() {
    return log.requestBytes;
  }

  /** Once the response has begun, what the client still sends is a conversation. */
  @Override
  public boolean awaitsClient() {
    return (state instanceof Connecting || state instanceof Sending)
        && !needs.webSocket()
        && !body.isEnded()
        && !body.isHeldBack()
        && client.isReading();
  }

  @Override
  public long minRequestRate() {
    return target.minRequestRate(context.limits().pace().minRequestRate());
  }

  @Override
  public long deliveredBytes() {
    return client.deliveredBytes();
  }

  @Override
  public boolean hasBacklog() {
    return hasWritten() && client.hasBacklog();
  }

  private boolean hasWritten() {
    return interimWritten || state.hasHead();
  }

  @Override
  public void requestTooSlow() {
    fail(Failure.Client.BODY_TOO_SLOW);
  }

  @Override
  public void responseTooSlow() {
    fail(Failure.Client.READ_TOO_SLOW);
  }

  /** The client has its own timeouts, for either body. */
  @Override
  public boolean awaitsBackend() {
    return !awaitsClient() && !(hasWritten() && !client.isWritable());
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
    leave(begun ? ExchangeState.CUT : ExchangeState.IDLE);
    attempt.ended(outcome);
    markTried(attempt.endpoint());
    // Who the client is, is known on the one connection alone; another must not be asked in its
    // place.
    boolean bound = pinned && (attempt.isOverPin() || !failure.nothingSent());
    if (begun
        || bound
        || !RetryPolicy.mayRetry(
            failure,
            request.method(),
            log.attempts,
            target.client().cluster().endpoints().size() - tried.size(),
            reused,
            body.isSent())) {
      fail(failure);
      return;
    }
    attempt.metrics().retried();
    attempt(/* fresh= */ true);
    flushRequest();
  }

  private void markTried(Endpoint failed) {
    if (tried.isEmpty()) {
      tried = new ArrayList<>(2);
    }
    tried.remove(failed);
    tried.add(failed);
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
    leave(ExchangeState.DONE);
    if (place != null) {
      // What the client has yet to take, its connection holds it to.
      context.pace(client.loop()).leave(place);
      place = null;
    }
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
