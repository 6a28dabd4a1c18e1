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
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.answer.Responder;
import sallyport.cluster.Backend;
import sallyport.cluster.Endpoint;
import sallyport.config.route.RouteConfig;
import sallyport.connect.ConnectionNeeds;
import sallyport.connect.PendingStream;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectListener;
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
import sallyport.proxy.PinnedConnections.Pin;

/**
 * A routed exchange from its first attempt to the end of its response: chooses an endpoint, sends
 * the request as it comes in, hands the response on as it comes back, and lets whichever side is
 * faster wait for the other.
 *
 * <p>Back pressure is three rules: the client waits while there is no connection yet or the
 * connection's buffer is full; the backend waits while the client's buffer is full; progress on
 * either side moves the timeout.
 */
public final class Exchange implements ResponseListener, ConnectListener, TransferProgress {
  private final HttpStream client;
  private final ProxyContext forwarding;
  private final RouteTarget target;
  private final ExchangeLog exchange;
  private final HttpRequest request;
  private final long maxBody;
  private final ConnectionNeeds wanted;

  /** What the client sends then waits for the answer. */
  private final boolean webSocket;

  /** Body pieces that came before there was a connection to send them on. */
  private final ArrayDeque<HttpContent> waiting = new ArrayDeque<>(2);

  /** Endpoints of earlier attempts, the last one last. */
  private List<Endpoint> tried = List.of();

  private @Nullable Endpoint endpoint;
  private @Nullable PendingStream connecting;
  private @Nullable ClientStream upstream;
  private MinimumRate.@Nullable Place place;

  /** The client waits for the backend to tell it to go on. */
  private boolean awaitsContinue;

  /** Whether it goes over a connection that is the client connection's own. */
  private boolean pinned;

  /** Whether another exchange of that client has gone over it before. */
  private boolean repeated;

  /** Waits for that connection to have done with the exchange before. */
  private boolean awaitsPinned;

  /** The end of a response that came before the end of its request, on a connection to be kept. */
  private @Nullable LastHttpContent earlyEnd;

  private boolean tunnel;
  private boolean declined;
  private boolean bodySent;
  private boolean requestEnded;
  private boolean interimWritten;
  private boolean responseStarted;
  private boolean over;

  /**
   * @param request the head as the backend is to see it
   * @param bodyless whether no body follows
   * @param wanted what it needs of a connection
   */
  Exchange(
      HttpStream client,
      ProxyContext forwarding,
      RouteTarget target,
      ExchangeLog exchange,
      HttpRequest request,
      boolean bodyless,
      ConnectionNeeds wanted) {
    this.client = client;
    this.forwarding = forwarding;
    this.target = target;
    this.exchange = exchange;
    this.request = request;
    this.maxBody = target.maxBody(forwarding.limits().maxBodyBytes());
    this.requestEnded = bodyless;
    this.awaitsContinue = HttpUtil.is100ContinueExpected(request);
    this.webSocket = wanted.webSocket();
    this.pinned = wanted.pinned();
    this.wanted = wanted;
  }

  /** Makes the first attempt, unless the head announces more than may be sent. */
  public void start() {
    target.metrics().exchangeStarted();
    if (HttpUtil.getContentLength(request, -1L) > maxBody) {
      fail(Failure.Client.BODY_TOO_LARGE);
      return;
    }
    place = forwarding.pace(client.loop()).enter(this);
    attempt(/* fresh= */ false);
  }

  /** Whether all of the request has come in. */
  public boolean requestEnded() {
    return requestEnded;
  }

  /**
   * Whether the request has been read to its end when its response is over: the client's connection
   * can have another one then. Where a connection authenticates, an early answer is no end: the
   * login goes on over it, and the backend expects the rest of the request first.
   */
  boolean takesWholeRequest() {
    return requestEnded || (pinned && !declined && !awaitsContinue && !client.sharesConnection());
  }

  // ---- request: client to backend

  private void attempt(boolean fresh) {
    Pin pin = pinned ? client.pinned().get(target.client()) : null;
    if (pin != null) {
      attemptOver(pin);
      return;
    }
    Backend backend = target.client().backend();
    Endpoint chosen = tried.isEmpty() ? backend.select() : backend.selectOther(tried);
    endpoint = chosen;
    chosen.requestStarted();
    exchange.attempts++;
    exchange.responseFault = null;
    exchange.endpoint = chosen.name();
    exchange.address = "";
    if (pinned && !target.client().canPin()) {
      onConnectFailure(Failure.Upstream.PROTOCOL_MISMATCH);
      return;
    }
    ClientStream idle = fresh ? null : target.client().poll(client.loop(), chosen);
    if (idle != null) {
      // Without a flush: a fault that came in the same read must not leave a word with the backend.
      use(idle);
      return;
    }
    // Another endpoint may have room at once.
    boolean patient = tried.size() + 1 >= backend.endpoints().size();
    PendingStream pending =
        target.client().connect(client.loop(), chosen, this, wanted, patient);
    if (!pending.isDone()) {
      connecting = pending;
      if (!requestEnded) {
        client.setReading(false);
      }
    }
  }

  /** Where this client's connection has a connection of its own, no other will do. */
  private void attemptOver(Pin pin) {
    endpoint = pin.endpoint();
    endpoint.requestStarted();
    exchange.attempts++;
    exchange.endpoint = endpoint.name();
    exchange.address = "";
    repeated = true;
    if (pin.connection().isIdle()) {
      use(pin.connection());
      return;
    }
    awaitsPinned = true;
    if (!requestEnded) {
      client.setReading(false);
    }
    pin.connection().whenIdle(this);
  }

  @Override
  public void onConnected(ClientStream connection) {
    if (over) {
      return;
    }
    boolean waited = connecting != null || awaitsPinned;
    connecting = null;
    awaitsPinned = false;
    use(connection);
    if (waited) {
      connection.flush();
    }
  }

  private void use(ClientStream connection) {
    upstream = connection;
    if (pinned) {
      pin(connection.exclusive());
    }
    connection.begin(this, request.method(), webSocket);
    connection.write(request);
    if (!webSocket) {
      sendWaiting(connection);
      if (requestEnded && !bodySent) {
        connection.write(LastHttpContent.EMPTY_LAST_CONTENT);
      }
    }
    connection.armTimeout(upstreamNanos());
    if (!requestEnded) {
      client.setReading(!webSocket && connection.isWritable());
    }
  }

  /** Keeps the connection for this client alone. */
  private void pin(@Nullable ExclusiveConnection connection) {
    pinned = true;
    exchange.pinned = true;
    if (!repeated && endpoint != null && connection != null) {
      client.pinned().put(target.client(), endpoint, connection);
      target.client().metrics(endpoint).pinned();
    }
  }

  private void sendWaiting(ClientStream connection) {
    HttpContent piece;
    while ((piece = waiting.poll()) != null) {
      send(connection, piece);
    }
  }

  /** A piece of the request body; takes over the reference. */
  public void onRequestContent(HttpContent content) {
    if (requestEnded || declined) {
      content.release();
      return;
    }
    Failure malformed = MalformedMessage.in(content);
    if (malformed != null) {
      content.release();
      onMalformed(malformed);
      return;
    }
    awaitsContinue = false;
    exchange.requestBytes += content.content().readableBytes();
    if (exchange.requestBytes > maxBody && !webSocket) {
      content.release();
      fail(Failure.Client.BODY_TOO_LARGE);
      return;
    }
    if (content instanceof LastHttpContent last && !last.trailingHeaders().isEmpty()) {
      forwarding.identityFields().strip(last.trailingHeaders(), /* trusted= */ false);
    }
    requestEnded = content instanceof LastHttpContent;
    ClientStream connection = upstream;
    if (connection == null || (webSocket && !tunnel)) {
      waiting.add(content);
      return;
    }
    send(connection, content);
    if (!connection.equals(upstream)) {
      // It failed on that very piece, and somebody else has seen to the exchange.
      return;
    }
    LastHttpContent answered = earlyEnd;
    if (requestEnded && answered != null) {
      earlyEnd = null;
      connection.flush();
      end(answered);
      return;
    }
    connection.armTimeout(upstreamNanos());
    if (!requestEnded && !connection.isWritable()) {
      connection.flush();
      client.setReading(connection.isWritable());
    }
  }

  private void send(ClientStream connection, HttpContent content) {
    bodySent = true;
    connection.write(content);
  }

  /** All that the client's socket had to give has been handed over. */
  public void flushRequest() {
    if (upstream != null) {
      upstream.flush();
    }
  }

  @Override
  public void onWritable() {
    if (!requestEnded) {
      client.setReading(true);
    }
  }

  /**
   * Waits for the response once the request is out, or the client may not go on without one; for
   * progress before and after that.
   */
  private long upstreamNanos() {
    RouteConfig route = target.route();
    if (tunnel) {
      return route.tunnelTimeout().toNanos();
    }
    boolean awaitsHead = !responseStarted && (requestEnded || webSocket || awaitsContinue);
    return (awaitsHead ? route.responseTimeout() : route.idleTimeout()).toNanos();
  }

  /** What came is not what it says it is: nobody may guess where it ends. */
  private void onMalformed(Failure failure) {
    if (client.sharesConnection()) {
      forwarding.refusals().refused(exchange, failure);
      releaseUpstream();
      exchange.status = responseStarted ? exchange.status : FailureTable.status(failure);
      finish(failure);
      client.abort(HttpStream.Abort.MALFORMED);
    } else {
      fail(failure);
    }
  }

  // ---- response: backend to client

  @Override
  public void onInterim(HttpResponse response) {
    awaitsContinue &= response.status().code() != 100;
    client.writeInterim(response);
    interimWritten = true;
    if (upstream != null) {
      upstream.setReading(client.isWritable());
    }
    // The client was told to go on: what it sends now is awaited like any body.
    if (upstream != null) {
      upstream.armTimeout(upstreamNanos());
    }
  }

  @Override
  public void onHead(HttpResponse response) {
    if (webSocket && !settle(response)) {
      return;
    }
    if (!pinned
        && upstream != null
        && upstream.exclusive() != null
        && !client.sharesConnection()
        && ConnectionAuthentication.isOfferedBy(response)) {
      pin(upstream.exclusive());
    }
    responseStarted = true;
    exchange.responseHeadNanos = System.nanoTime();
    if (endpoint != null) {
      target.client().metrics(endpoint).responded(exchange.responseHeadNanos - exchange.startNanos);
    }
    exchange.status = response.status().code();
    if (upstream != null) {
      ResponseHead.forClient(
          response, upstream.version(response), target, request.headers(), exchange.requestId);
    }
    client.writeHead(response, request.method(), takesWholeRequest());
    armStreamTimeout();
    if (tunnel && upstream != null) {
      sendWaiting(upstream);
      upstream.flush();
      client.setReading(true);
    }
  }

  /**
   * The answer to a request to change to WebSocket: from now on a tunnel, or a response like any.
   *
   * @return false when it is neither, and the exchange has failed
   */
  private boolean settle(HttpResponse response) {
    if (!ResponseHead.isSwitch(response)) {
      // What the client says after this is not meant for HTTP: the backend sees no more of it.
      declined = true;
      waiting.forEach(ReferenceCountUtil::release);
      waiting.clear();
      if (upstream != null) {
        upstream.write(LastHttpContent.EMPTY_LAST_CONTENT);
        upstream.flush();
      }
      client.setReading(true);
      return true;
    }
    String key = request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    if (key == null || !WebSocketHandshake.isAgreed(response.headers(), key)) {
      exchange.responseFault = Failure.Response.BAD_WEBSOCKET_ACCEPT;
      if (endpoint != null) {
        target
            .client()
            .exchangeFailed(
                endpoint, Failure.Upstream.BAD_RESPONSE, Failure.Response.BAD_WEBSOCKET_ACCEPT);
      }
      fail(Failure.Upstream.BAD_RESPONSE);
      return false;
    }
    tunnel = true;
    return true;
  }

  @Override
  public void onContent(HttpContent content) {
    exchange.responseBytes += content.content().readableBytes();
    client.writeContent(content);
    if (!client.isWritable() && upstream != null) {
      client.flush();
      upstream.setReading(client.isWritable());
    }
    armStreamTimeout();
  }

  @Override
  public void onReadComplete() {
    client.flush();
  }

  /** The client has taken what waited for it. */
  public void onClientWritable() {
    if (upstream != null && hasWritten()) {
      upstream.setReading(true);
      armStreamTimeout();
    }
  }

  private void armStreamTimeout() {
    if (upstream != null) {
      upstream.armTimeout(upstreamNanos());
    }
  }

  @Override
  public void onEnd(LastHttpContent last) {
    exchange.responseBytes += last.content().readableBytes();
    if (!requestEnded && takesWholeRequest()) {
      endEarly(last);
      return;
    }
    end(last);
  }

  /** The client gets all of the answer but its end, which follows the end of the request. */
  private void endEarly(LastHttpContent last) {
    if (last.content().isReadable()) {
      client.writeContent(new DefaultHttpContent(last.content()));
      earlyEnd = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, last.trailingHeaders());
    } else {
      earlyEnd = last;
    }
    client.flush();
    client.setReading(true);
    armStreamTimeout();
  }

  private void end(LastHttpContent last) {
    if (requestEnded || declined) {
      // The connection goes back to its pool by itself.
      upstream = null;
    }
    finish(null);
    client.writeEnd(last);
  }

  // ---- the client's pace

  @Override
  public long requestBytes() {
    return exchange.requestBytes;
  }

  /** Once the response has begun, what the client still sends is a conversation. */
  @Override
  public boolean awaitsClient() {
    return !over
        && !requestEnded
        && !responseStarted
        && !webSocket
        && !awaitsContinue
        && client.isReading();
  }

  @Override
  public long minRequestRate() {
    return target.minRequestRate(forwarding.limits().pace().minRequestRate());
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
    return interimWritten || responseStarted;
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

  @Override
  public void onConnectFailure(Failure.Upstream failure) {
    if (over) {
      return;
    }
    connecting = null;
    awaitsPinned = false;
    retryOrFail(failure, /* reused= */ false);
  }

  @Override
  public void onFailure(Failure.Upstream failure, Failure.@Nullable Response fault) {
    exchange.responseFault = fault;
    boolean reused = upstream != null && upstream.reused();
    exchange.address = upstream == null ? "" : upstream.address();
    upstream = null;
    if (endpoint != null) {
      target.client().exchangeFailed(endpoint, failure, fault);
    }
    retryOrFail(failure, reused);
  }

  private void retryOrFail(Failure.Upstream failure, boolean reused) {
    if (endpoint != null) {
      markTried(endpoint);
    }
    // Who the client is, is known on the one connection alone; another must not be asked in its
    // place.
    boolean bound = pinned && (repeated || !failure.nothingSent());
    boolean retry =
        !responseStarted
            && !bound
            && RetryPolicy.mayRetry(
                failure,
                request.method(),
                exchange.attempts,
                target.client().backend().endpoints().size() - tried.size(),
                reused,
                bodySent);
    if (!retry) {
      fail(failure);
      return;
    }
    if (endpoint != null) {
      endpoint.requestEnded();
      target.client().metrics(endpoint).retried();
    }
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
    if (over) {
      return;
    }
    forwarding.refusals().refused(exchange, failure);
    releaseUpstream();
    if (responseStarted) {
      finish(failure);
      client.abort(HttpStream.Abort.INCOMPLETE);
    } else {
      FullHttpResponse reply = Responder.failure(exchange, failure, target.securityHeaders());
      finish(failure);
      client.writeReply(reply, requestEnded, FailureTable.of(failure).ends());
    }
  }

  /** The client broke the rules of HTTP/2 itself: its stream is being reset. */
  public void onStreamError() {
    if (over) {
      return;
    }
    releaseUpstream();
    if (!responseStarted) {
      exchange.status = FailureTable.status(Failure.Client.STREAM_ERROR);
    }
    finish(Failure.Client.STREAM_ERROR);
  }

  /** The client went away: nothing can be written any more. */
  public void onClientClosed() {
    if (over) {
      return;
    }
    releaseUpstream();
    if (!responseStarted) {
      exchange.status = FailureTable.status(Failure.Client.CLIENT_CLOSED);
    }
    // Of a tunnel either side may be the one that ends it.
    finish(tunnel ? null : Failure.Client.CLIENT_CLOSED);
  }

  private void releaseUpstream() {
    if (connecting != null) {
      connecting.cancel();
      connecting = null;
    }
    if (upstream != null) {
      upstream.abort();
      upstream = null;
    }
  }

  private void finish(@Nullable Failure failure) {
    over = true;
    if (place != null) {
      // What the client has yet to take, its connection holds it to.
      forwarding.pace(client.loop()).leave(place);
      place = null;
    }
    waiting.forEach(ReferenceCountUtil::release);
    waiting.clear();
    if (earlyEnd != null) {
      earlyEnd.release();
      earlyEnd = null;
    }
    if (upstream != null) {
      // The response came before the request was whole: the connection is of no further use.
      upstream.abort();
      upstream = null;
    }
    if (endpoint != null) {
      endpoint.requestEnded();
    }
    exchange.failure = failure;
    exchange.endNanos = System.nanoTime();
    forwarding.finished(exchange, target.metrics());
  }
}
