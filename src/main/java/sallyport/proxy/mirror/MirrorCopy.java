package sallyport.proxy.mirror;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Completion;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Outcome;
import sallyport.cluster.Pick;
import sallyport.connect.ClientTransport;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectListener;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.connect.stream.PendingStream;
import sallyport.connect.stream.ResponseListener;
import sallyport.net.Failure;
import sallyport.observe.metrics.mirror.MirrorMetrics;

/**
 * One copy of a request: gets a stream without waiting for one, and discards the response. It knows
 * nothing of the client.
 *
 * <p>Every call must run on the event loop of the request.
 */
final class MirrorCopy implements ConnectListener, ResponseListener {
  /** Octets of a body that are read to keep the connection; over it the stream is aborted. */
  static final long MOST_BYTES = 1024 * 1024;

  private final FullHttpRequest request;
  private final ClientTransport transport;
  private final Endpoint endpoint;
  private final Completion completion;
  private final MirrorMetrics metrics;
  private final long startNanos = System.nanoTime();
  private @Nullable Future<?> timer;
  private @Nullable PendingStream pending;
  private @Nullable ClientStream stream;
  private long headNanos;
  private int status;
  private long bytes;
  private boolean over;

  MirrorCopy(
      HttpRequest original, ClientTransport transport, Pick.Picked picked, MirrorMetrics metrics) {
    this.request =
        new DefaultFullHttpRequest(
            original.protocolVersion(),
            original.method(),
            original.uri(),
            Unpooled.EMPTY_BUFFER,
            original.headers().copy(),
            EmptyHttpHeaders.INSTANCE);
    // There is no body that the backend could ask for.
    request.headers().remove(HttpHeaderNames.EXPECT);
    this.transport = transport;
    this.endpoint = picked.endpoint();
    this.completion = picked.completion();
    this.metrics = metrics;
  }

  /**
   * Sends the copy.
   *
   * @param needs of the original
   * @param limit how long the copy may take in all
   */
  void start(EventLoop loop, ConnectionNeeds needs, Duration limit) {
    timer = loop.schedule(this::onLimit, limit.toNanos(), TimeUnit.NANOSECONDS);
    ClientStream idle = transport.poll(loop, endpoint);
    if (idle != null) {
      send(idle);
      return;
    }
    PendingStream opening = transport.connect(loop, endpoint, this, needs, /* patient= */ false);
    if (!opening.isDone()) {
      pending = opening;
    }
  }

  // ---- the stream

  @Override
  public void onConnected(ClientStream connected) {
    pending = null;
    send(connected);
  }

  @Override
  public void onConnectFailure(Failure.Upstream failure) {
    pending = null;
    if (failure == Failure.Upstream.CONNECTION_LIMIT) {
      metrics.dropped();
    } else {
      metrics.failed();
    }
    end(new Outcome.ConnectFailed(failure));
  }

  private void send(ClientStream to) {
    stream = to;
    to.begin(this, request.method(), /* webSocket= */ false);
    completion.requestSent();
    to.write(request);
    to.flush();
  }

  // ---- the response

  @Override
  public void onInterim(HttpResponse response) {}

  @Override
  public void onHead(HttpResponse response) {
    completion.headReceived();
    status = response.status().code();
    headNanos = System.nanoTime();
  }

  @Override
  public void onContent(HttpContent content) {
    bytes += content.content().readableBytes();
    content.release();
    if (bytes > MOST_BYTES) {
      abort();
      answered();
    }
  }

  @Override
  public void onEnd(LastHttpContent last) {
    last.release();
    answered();
  }

  @Override
  public void onReadComplete() {}

  @Override
  public void onWritable() {}

  @Override
  public boolean awaitsBackend() {
    return true;
  }

  @Override
  public void onFailure(Failure.Upstream failure, Failure.@Nullable Response fault) {
    transport.exchangeFailed(endpoint, failure, fault);
    metrics.failed();
    end(new Outcome.Failed(failure));
  }

  // ---- the end

  private void answered() {
    metrics.answered();
    end(new Outcome.Answered(status, headNanos - startNanos));
  }

  private void onLimit() {
    if (over) {
      return;
    }
    if (pending != null) {
      pending.cancel();
      pending = null;
    }
    abort();
    if (headNanos != 0) {
      answered();
    } else {
      metrics.failed();
      end(
          stream == null
              ? new Outcome.Cancelled()
              : new Outcome.Failed(Failure.Upstream.RESPONSE_TIMEOUT));
    }
  }

  private void abort() {
    if (stream != null) {
      stream.abort();
    }
  }

  private void end(Outcome outcome) {
    if (over) {
      return;
    }
    over = true;
    if (timer != null) {
      timer.cancel(false);
    }
    completion.done(outcome);
  }
}
