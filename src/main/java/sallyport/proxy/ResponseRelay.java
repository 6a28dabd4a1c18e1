package sallyport.proxy;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Outcome;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ResponseListener;
import sallyport.http.ConnectionAuthentication;
import sallyport.http.WebSocketHandshake;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.proxy.ExchangeState.AwaitingSwitch;
import sallyport.proxy.ExchangeState.Ending;
import sallyport.proxy.ExchangeState.Relaying;
import sallyport.proxy.ExchangeState.Tunnel;
import sallyport.proxy.head.ResponseHead;
import sallyport.proxy.head.RouteTarget;
import sallyport.proxy.stream.HttpStream;
import sallyport.proxy.stream.WebSocketRelay;

/**
 * Response of one exchange on its way from the backend to the client. Checks the answer to a
 * request for WebSocket, and delays the end of an early response until the request has ended.
 *
 * <p>Every call must run on the event loop of the exchange.
 */
final class ResponseRelay implements ResponseListener {
  private final Exchange exchange;
  private final HttpStream client;
  private final RouteTarget target;
  private final ExchangeLog log;
  private final HttpRequest request;
  private final RequestBody body;
  private final Attempts attempts;

  /** Null unless the exchange is a WebSocket. */
  private @Nullable WebSocketRelay webSocket;

  /** Whether the gateway stops. */
  private boolean goingAway;

  /** Whether the client got an interim response. */
  private boolean interimWritten;

  /**
   * @param request the head that the backend gets
   */
  ResponseRelay(
      Exchange exchange,
      HttpStream client,
      RouteTarget target,
      ExchangeLog log,
      HttpRequest request,
      RequestBody body,
      Attempts attempts) {
    this.exchange = exchange;
    this.client = client;
    this.target = target;
    this.log = log;
    this.request = request;
    this.body = body;
    this.attempts = attempts;
  }

  /** Returns whether the client got any part of a response of the backend. */
  boolean hasBegun() {
    return interimWritten || exchange.state().hasHead();
  }

  // ---- head

  @Override
  public void onInterim(HttpResponse response) {
    if (response.status().code() == 100) {
      body.letGo();
    }
    client.writeInterim(response);
    interimWritten = true;
    exchange.updateFlow();
    attempts.interim();
    // After 100 the client sends its body, which is awaited like any body.
    exchange.armTimeout();
  }

  @Override
  public void onHead(HttpResponse response) {
    ExchangeState state = exchange.state();
    Attempt attempt = state.attempt();
    ClientStream stream = state.stream();
    if (attempt == null || stream == null) {
      return;
    }
    boolean asked = state instanceof AwaitingSwitch;
    if (asked && !onSwitchResponse(attempt, stream, response)) {
      return;
    }
    exchange.enter(
        ResponseHead.isSwitch(response)
            ? new Tunnel(attempt, stream)
            : new Relaying(attempt, stream));
    if (!attempts.isPinned()
        && stream.exclusive() != null
        && !client.sharesConnection()
        && ConnectionAuthentication.isOfferedBy(response)) {
      attempts.pin(attempt, stream.exclusive());
    }
    attempt.headReceived();
    log.responseHeadNanos = System.nanoTime();
    attempt.metrics().responded(log.responseHeadNanos - log.startNanos);
    log.status = response.status().code();
    ResponseHead.forClient(
        response, stream.version(response), target, request.headers(), log.requestId);
    target.keepEndpoint(response.headers(), attempt.endpoint(), attempts.preferred());
    client.writeHead(response, request.method(), takesWholeRequest());
    exchange.armTimeout();
    if (exchange.state() instanceof Tunnel) {
      webSocket = new WebSocketRelay(client);
      if (goingAway) {
        webSocket.goAway();
      }
    }
    if (asked) {
      body.sendWaiting(stream);
      exchange.flushRequest();
      exchange.updateFlow();
    }
  }

  /** Ends a WebSocket, now or once it has begun; other exchanges are finished as they are. */
  void goAway() {
    goingAway = true;
    if (webSocket != null) {
      webSocket.goAway();
    }
  }

  /**
   * Checks the response to a request for WebSocket.
   *
   * @return false if the exchange has failed
   */
  private boolean onSwitchResponse(Attempt attempt, ClientStream stream, HttpResponse response) {
    if (!ResponseHead.isSwitch(response)) {
      // What the client sends from here on is WebSocket, not HTTP: the backend must not get it.
      body.discard();
      stream.write(LastHttpContent.EMPTY_LAST_CONTENT);
      stream.flush();
      return exchange.isCarriedBy(stream);
    }
    String key = request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    if (key != null && WebSocketHandshake.isAgreed(response.headers(), key)) {
      return true;
    }
    Failure.Response fault = Failure.Response.BAD_WEBSOCKET_ACCEPT;
    log.responseFault = fault;
    target.client().exchangeFailed(attempt.endpoint(), Failure.Upstream.BAD_RESPONSE, fault);
    exchange.fail(Failure.Upstream.BAD_RESPONSE);
    return false;
  }

  // ---- body

  @Override
  public void onContent(HttpContent content) {
    log.responseBytes += content.content().readableBytes();
    if (webSocket == null) {
      client.writeContent(content);
    } else {
      webSocket.write(content);
    }
    if (!client.isWritable()) {
      client.flush();
      exchange.updateFlow();
    }
    exchange.armTimeout();
  }

  @Override
  public void onReadComplete() {
    client.flush();
  }

  @Override
  public void onWritable() {
    exchange.updateFlow();
  }

  /** The client has timeouts of its own, for both bodies. */
  @Override
  public boolean awaitsBackend() {
    return !exchange.awaitsClient() && !(hasBegun() && !client.isWritable());
  }

  @Override
  public boolean givesUp() {
    return exchange.givesUp();
  }

  // ---- end

  @Override
  public void onEnd(LastHttpContent last) {
    log.responseBytes += last.content().readableBytes();
    if (exchange.state() instanceof Relaying(Attempt attempt, ClientStream stream)
        && !body.isEnded()
        && takesWholeRequest()) {
      endEarly(attempt, stream, last);
    } else {
      exchange.end(last);
    }
  }

  /** Sends all of an early response but its end, which follows the end of the request. */
  private void endEarly(Attempt attempt, ClientStream stream, LastHttpContent last) {
    LastHttpContent end = last;
    if (last.content().isReadable()) {
      client.writeContent(new DefaultHttpContent(last.content()));
      end = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, last.trailingHeaders());
    }
    exchange.enter(new Ending(attempt, stream, end));
    client.flush();
    exchange.updateFlow();
    exchange.armTimeout();
  }

  /**
   * Returns whether the whole request is read by the end of its response, so that the client's
   * connection can carry another one. On a connection that authenticates, an early response ends
   * nothing: the login continues on it, and the backend expects the rest of the request first.
   */
  private boolean takesWholeRequest() {
    return body.isEnded()
        || (attempts.isPinned()
            && !body.isDiscarded()
            && !body.isHeldBack()
            && !client.sharesConnection());
  }

  @Override
  public void onFailure(Failure.Upstream reported, Failure.@Nullable Response fault) {
    Failure.Upstream failure = attempts.isGivenUp() ? Failure.Upstream.TRY_TIMEOUT : reported;
    Attempt attempt = exchange.state().attempt();
    ClientStream stream = exchange.state().stream();
    if (attempt == null || stream == null) {
      return;
    }
    log.responseFault = fault;
    log.address = stream.address();
    attempt.endpoint().failedAt(log.address);
    target.client().exchangeFailed(attempt.endpoint(), failure, fault);
    // An idle connection may be closed at any time, also as the request is sent.
    boolean stale = stream.reused() && failure == Failure.Upstream.CLOSED_BEFORE_RESPONSE;
    exchange.onAttemptFailed(
        attempt,
        failure,
        stream.reused(),
        stale ? new Outcome.Cancelled() : new Outcome.Failed(failure));
  }
}
