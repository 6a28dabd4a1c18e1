package sallyport.proxy;

import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import sallyport.backend.Endpoint;
import sallyport.http.Exchange;
import sallyport.http.Failure;
import sallyport.http.LocalReply;
import sallyport.upstream.ConnectListener;
import sallyport.upstream.PendingConnect;
import sallyport.upstream.ResponseListener;
import sallyport.upstream.UpstreamConnection;

/**
 * A routed exchange from its first attempt to the end of its response: chooses an endpoint, sends
 * the request as it comes in, hands the response on as it comes back, and lets whichever side is
 * faster wait for the other.
 *
 * <p>Back pressure is three rules: the client waits while there is no connection yet or the
 * connection's buffer is full; the backend waits while the client's buffer is full; progress on
 * either side moves the timeout.
 */
final class ActiveExchange implements ResponseListener, ConnectListener {
  private final ClientSide client;
  private final Forwarding forwarding;
  private final RouteTarget target;
  private final Exchange exchange;
  private final HttpRequest request;
  private final long maxBody;

  /** Body pieces that came before there was a connection to send them on. */
  private final ArrayDeque<HttpContent> waiting = new ArrayDeque<>(2);

  private @Nullable Endpoint endpoint;
  private @Nullable PendingConnect connecting;
  private @Nullable UpstreamConnection upstream;
  private boolean bodySent;
  private boolean requestEnded;
  private boolean responseStarted;
  private boolean over;

  /**
   * @param request the head as the backend is to see it
   * @param bodyless whether no body follows
   */
  ActiveExchange(
      ClientSide client,
      Forwarding forwarding,
      RouteTarget target,
      Exchange exchange,
      HttpRequest request,
      boolean bodyless) {
    this.client = client;
    this.forwarding = forwarding;
    this.target = target;
    this.exchange = exchange;
    this.request = request;
    this.maxBody = target.maxBody(forwarding.limits().maxBodyBytes());
    this.requestEnded = bodyless;
  }

  /** Makes the first attempt. */
  void start() {
    target.metrics().exchangeStarted();
    attempt(/* fresh= */ false);
  }

  /** Refuses what the head announces, before any of it is sent. */
  void rejectUnsent(Failure.Client failure) {
    target.metrics().exchangeStarted();
    fail(failure);
  }

  /** Whether all of the request has come in. */
  boolean requestEnded() {
    return requestEnded;
  }

  /** The method, which decides whether the response has a body. */
  HttpMethod method() {
    return request.method();
  }

  // ---- request: client to backend

  private void attempt(boolean fresh) {
    Endpoint chosen = target.client().backend().select(endpoint);
    endpoint = chosen;
    chosen.requestStarted();
    exchange.attempts++;
    exchange.endpoint = chosen.name();
    UpstreamConnection idle = fresh ? null : target.client().poll(client.loop(), chosen);
    if (idle != null) {
      onConnected(idle);
      return;
    }
    connecting = target.client().connect(client.loop(), chosen, this);
    if (connecting == null) {
      onConnectFailure(Failure.Upstream.CONNECTION_LIMIT);
    } else if (!requestEnded) {
      client.setReading(false);
    }
  }

  @Override
  public void onConnected(UpstreamConnection connection) {
    connecting = null;
    upstream = connection;
    connection.begin(this);
    connection.write(request);
    HttpContent piece;
    while ((piece = waiting.poll()) != null) {
      send(connection, piece);
    }
    if (requestEnded && !bodySent) {
      connection.write(LastHttpContent.EMPTY_LAST_CONTENT);
    }
    connection.armTimeout(upstreamNanos());
    connection.flush();
    if (!requestEnded) {
      client.setReading(connection.isWritable());
    }
  }

  /** A piece of the request body; takes over the reference. */
  void onRequestContent(HttpContent content) {
    if (requestEnded) {
      content.release();
      return;
    }
    if (content.decoderResult().isFailure()) {
      content.release();
      fail(Failure.Client.BAD_REQUEST);
      return;
    }
    exchange.requestBytes += content.content().readableBytes();
    if (exchange.requestBytes > maxBody) {
      content.release();
      fail(Failure.Client.BODY_TOO_LARGE);
      return;
    }
    requestEnded = content instanceof LastHttpContent;
    UpstreamConnection connection = upstream;
    if (connection == null) {
      waiting.add(content);
      return;
    }
    send(connection, content);
    if (!responseStarted) {
      connection.armTimeout(upstreamNanos());
    }
    if (!requestEnded && !connection.isWritable()) {
      connection.flush();
      client.setReading(connection.isWritable());
    }
  }

  private void send(UpstreamConnection connection, HttpContent content) {
    bodySent = true;
    connection.write(content);
  }

  /** All that the client's socket had to give has been handed over. */
  void flushRequest() {
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

  /** Waits for the response once the request is out, for progress before that. */
  private long upstreamNanos() {
    return (requestEnded ? target.route().responseTimeout() : target.route().idleTimeout())
        .toNanos();
  }

  // ---- response: backend to client

  @Override
  public void onInterim(HttpResponse response) {
    client.writeInterim(response);
    // The client was told to go on: what it sends now is awaited like any body.
    if (upstream != null) {
      upstream.armTimeout(upstreamNanos());
    }
  }

  @Override
  public void onHead(HttpResponse response) {
    responseStarted = true;
    exchange.responseHeadNanos = System.nanoTime();
    if (endpoint != null) {
      target.client().metrics(endpoint).responded(exchange.responseHeadNanos - exchange.startNanos);
    }
    exchange.status = response.status().code();
    ResponseHead.forClient(response, target.securityHeaders());
    client.writeHead(response);
    armStreamTimeout();
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
  void onClientWritable() {
    if (upstream != null && responseStarted) {
      upstream.setReading(true);
      armStreamTimeout();
    }
  }

  private void armStreamTimeout() {
    if (upstream != null) {
      upstream.armTimeout(target.route().idleTimeout().toNanos());
    }
  }

  @Override
  public void onEnd(LastHttpContent last) {
    exchange.responseBytes += last.content().readableBytes();
    if (requestEnded) {
      // The connection goes back to its pool by itself.
      upstream = null;
    }
    finish(null);
    client.writeEnd(last);
  }

  // ---- failure

  @Override
  public void onConnectFailure(Failure.Upstream failure) {
    connecting = null;
    retryOrFail(failure, /* reused= */ false);
  }

  @Override
  public void onFailure(Failure.Upstream failure) {
    boolean reused = upstream != null && upstream.reused();
    upstream = null;
    if (endpoint != null) {
      target.client().exchangeFailed(endpoint, failure);
    }
    retryOrFail(failure, reused);
  }

  private void retryOrFail(Failure.Upstream failure, boolean reused) {
    boolean retry =
        !responseStarted
            && RetryPolicy.mayRetry(
                failure,
                request.method(),
                exchange.attempts,
                target.client().backend().endpoints().size(),
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
  }

  /** Ends the exchange with an answer of the gateway's own, or cuts it when one has begun. */
  void fail(Failure failure) {
    if (over) {
      return;
    }
    releaseUpstream();
    if (responseStarted) {
      finish(failure);
      client.abort();
    } else {
      FullHttpResponse reply = LocalReply.of(failure);
      target.securityHeaders().forEach(reply.headers()::set);
      exchange.status = failure.status();
      exchange.responseBytes = reply.content().readableBytes();
      finish(failure);
      client.writeReply(reply);
    }
  }

  /** The client went away: nothing can be written any more. */
  void onClientClosed() {
    if (over) {
      return;
    }
    releaseUpstream();
    if (!responseStarted) {
      exchange.status = Failure.Client.CLIENT_CLOSED.status();
    }
    finish(Failure.Client.CLIENT_CLOSED);
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
    waiting.forEach(ReferenceCountUtil::release);
    waiting.clear();
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
