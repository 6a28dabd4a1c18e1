package sallyport.connect.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.Leniency;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ExclusiveConnection;
import sallyport.connect.stream.ResponseListener;
import sallyport.http.ReceivedVersion;
import sallyport.http.codec.MalformedMessage;
import sallyport.http.codec.h2.ClientStreamCodec;
import sallyport.http.codec.h2.InboundBytes;
import sallyport.http.codec.h2.OutboundBytes;
import sallyport.http.codec.h2.StreamCodec;
import sallyport.http.codec.h2.StreamsHandler;
import sallyport.net.Failure;
import sallyport.net.transport.StreamTimers;
import sallyport.values.AddressText;

/**
 * Stream of an HTTP/2 connection to a backend: a plain object without a channel.
 *
 * <pre>
 * AWAITING_HEAD → IN_BODY → DONE
 *       └──────→ TUNNEL ──→ DONE
 * any state ──────────────→ CLOSED
 * </pre>
 *
 * <p>Every call must run on the connection's event loop.
 */
public final class Http2ClientStream extends StreamsHandler.StreamObject
    implements ClientStream, StreamCodec.Stream {
  private enum State {
    /** The final response has not begun. */
    AWAITING_HEAD,
    /** The response is coming in. */
    IN_BODY,
    /** The stream carries a WebSocket. */
    TUNNEL,
    /** The response is whole. */
    DONE,
    /** The exchange is over. */
    CLOSED
  }

  private final Http2ClientHandler connection;
  private final boolean reused;
  private final ClientStreamCodec codec;
  private final Function<Throwable, Failure.Upstream> classifier;
  private final Runnable doubts;
  private final StreamTimers.Timer timeout;
  private final OutboundBytes outbound;
  private final InboundBytes inbound;

  private State state = State.AWAITING_HEAD;

  /** Whether the backend has reset the stream: its connection was not stale. */
  private boolean reset;

  private @Nullable ResponseListener listener;

  /** Null until the head of the request is sent. */
  private @Nullable Http2Stream stream;

  private long timeoutNanos;

  /** Whether the stream is over before it was opened. */
  private boolean unopened = true;

  Http2ClientStream(
      Http2ClientHandler connection,
      boolean reused,
      int maxFields,
      Set<Leniency> lenient,
      Function<Throwable, Failure.Upstream> classifier,
      Runnable doubts) {
    this.connection = connection;
    this.reused = reused;
    this.codec = new ClientStreamCodec(this, maxFields, lenient);
    this.classifier = classifier;
    this.doubts = doubts;
    this.timeout = connection.timers().timer(this::onTimeout);
    this.outbound = new OutboundBytes(connection.context(), this::onWritable);
    this.inbound = new InboundBytes(connection.connection());
  }

  // ---- the exchange

  @Override
  public void begin(ResponseListener forExchange, HttpMethod method, boolean webSocket) {
    listener = forExchange;
  }

  @Override
  public boolean reused() {
    return reused && !reset;
  }

  @Override
  public String address() {
    SocketAddress address = connection.context().channel().remoteAddress();
    return address == null ? "" : AddressText.of(address);
  }

  @Override
  public void write(HttpObject part) {
    if (state == State.CLOSED) {
      ReferenceCountUtil.release(part);
    } else {
      codec.write(part);
    }
  }

  @Override
  public void flush() {
    if (state != State.CLOSED) {
      codec.flush();
      connection.flushLater();
    }
  }

  @Override
  public boolean isWritable() {
    return outbound.isWritable();
  }

  @Override
  public void setReading(boolean reading) {
    if (inbound.setReading(reading)) {
      connection.flushLater();
    }
  }

  @Override
  public void armTimeout(long nanos) {
    if (state != State.CLOSED) {
      timeoutNanos = nanos;
      timeout.arm(nanos);
    }
  }

  @Override
  public void abort() {
    listener = null;
    close();
  }

  @Override
  public void release() {
    abort();
  }

  @Override
  public ReceivedVersion version(HttpResponse response) {
    return ReceivedVersion.HTTP_2;
  }

  @Override
  public @Nullable ExclusiveConnection exclusive() {
    return null;
  }

  /** Ends the exchange, and resets the stream where the backend still holds it open. */
  private void close() {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    timeout.close();
    Http2Stream open = stream;
    if (open != null && open.state() != Http2Stream.State.CLOSED) {
      connection.reset(open, Http2Error.CANCEL);
    } else if (unopened) {
      unopened = false;
      connection.unopened();
    }
  }

  void fail(Failure.Upstream failure) {
    fail(failure, null);
  }

  private void fail(Failure.Upstream failure, Failure.@Nullable Response fault) {
    ResponseListener receiver = listener;
    listener = null;
    close();
    if (receiver != null) {
      receiver.onFailure(failure, fault);
    }
  }

  private Failure.Upstream cut() {
    return state == State.IN_BODY || state == State.TUNNEL
        ? Failure.Upstream.CLOSED_DURING_RESPONSE
        : Failure.Upstream.CLOSED_BEFORE_RESPONSE;
  }

  private void onTimeout() {
    if (listener != null && !listener.awaitsBackend()) {
      timeout.arm(timeoutNanos);
    } else if (listener == null || listener.givesUp()) {
      doubts.run();
      fail(
          state == State.IN_BODY || state == State.TUNNEL
              ? Failure.Upstream.STREAM_TIMEOUT
              : Failure.Upstream.RESPONSE_TIMEOUT);
    }
  }

  private void onWritable() {
    if (listener != null) {
      listener.onWritable();
    }
  }

  @Override
  protected void checkWritable() {
    outbound.checkWritable();
  }

  // ---- frames of the request

  @Override
  public void sendHeaders(Http2Headers headers, boolean last) {
    Http2Stream open = stream;
    if (open != null) {
      ChannelHandlerContext ctx = connection.context();
      connection.encoder().writeHeaders(ctx, open.id(), headers, 0, last, ctx.newPromise());
      return;
    }
    stream = connection.open(this, headers, last);
    if (stream == null) {
      fail(Failure.Upstream.STREAM_REFUSED);
    } else {
      unopened = false;
      inbound.of(stream);
    }
  }

  @Override
  public void sendData(ByteBuf data, boolean last) {
    if (stream == null) {
      data.release();
    } else {
      connection
          .encoder()
          .writeData(
              connection.context(),
              stream.id(),
              data,
              0,
              last,
              outbound.written(data.readableBytes()));
    }
  }

  // ---- frames of the response

  void onHeaders(Http2Headers headers, boolean last) {
    if (state != State.CLOSED) {
      connection.touch(this);
      codec.onHeaders(headers, last);
    }
  }

  /**
   * @return how many octets the backend may send in their place
   */
  int onData(ByteBuf data, int padding, boolean last) {
    int octets = data.readableBytes() + padding;
    if (state == State.CLOSED) {
      data.release();
      return octets;
    }
    connection.touch(this);
    codec.onData(data, last);
    return inbound.received(octets);
  }

  @Override
  public void receive(HttpObject part) {
    ResponseListener receiver = state == State.DONE ? null : listener;
    if (receiver == null) {
      ReferenceCountUtil.release(part);
      close();
      return;
    }
    if (part.decoderResult().isFailure()) {
      Failure fault = MalformedMessage.in(part);
      ReferenceCountUtil.release(part);
      fail(
          Failure.Upstream.BAD_RESPONSE,
          fault instanceof Failure.Response broken ? broken : Failure.Response.BAD_HEADER);
      return;
    }
    switch (part) {
      case HttpResponse response -> onHead(receiver, response);
      case LastHttpContent last -> {
        state = State.DONE;
        listener = null;
        timeout.clear();
        receiver.onEnd(last);
      }
      case HttpContent content -> receiver.onContent(content);
      default -> throw new IllegalArgumentException(part.getClass().getName());
    }
  }

  private void onHead(ResponseListener receiver, HttpResponse response) {
    if (response.status().code() == 101) {
      state = State.TUNNEL;
      receiver.onHead(response);
    } else if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
      receiver.onInterim(response);
    } else {
      state = State.IN_BODY;
      receiver.onHead(response);
    }
  }

  @Override
  protected void onReadComplete() {
    if (listener != null) {
      listener.onReadComplete();
    }
  }

  /** Handles a reset by the backend. */
  void onReset(long error) {
    reset = true;
    fail(error == Http2Error.REFUSED_STREAM.code() ? Failure.Upstream.STREAM_REFUSED : cut());
  }

  /** Handles GOAWAY: the backend ignores streams above this one (RFC 9113 section 6.8). */
  void onGoAway(int lastStream) {
    if (stream != null && stream.id() > lastStream) {
      fail(Failure.Upstream.STREAM_REFUSED);
    }
  }

  /** Handles frames of the backend that break a rule which the layer below checks. */
  void onStreamError(Http2Exception.StreamException error) {
    if (error.error() == Http2Error.PROTOCOL_ERROR) {
      fail(
          Failure.Upstream.BAD_RESPONSE,
          error instanceof Http2Exception.HeaderListSizeException
              ? Failure.Response.HEADER_TOO_LARGE
              : codec.broken());
    } else {
      fail(cut());
    }
  }

  /** Handles an error of the connection. */
  void onException(Throwable cause) {
    boolean refused = classifier.apply(cause) == Failure.Upstream.TLS_IDENTITY_REFUSED;
    // Under TLS 1.3 a backend's verdict on the gateway's certificate comes after the handshake.
    fail(
        refused && !reused && state == State.AWAITING_HEAD
            ? Failure.Upstream.TLS_IDENTITY_REFUSED
            : cut());
  }

  /** Handles the end of the stream or of its connection. */
  void onClosed() {
    if (listener != null) {
      fail(cut());
    } else {
      state = State.CLOSED;
      timeout.close();
    }
  }
}
