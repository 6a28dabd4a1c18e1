package sallyport.front.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HstsConfig;
import sallyport.http.ReceivedVersion;
import sallyport.http.codec.h2.InboundBytes;
import sallyport.http.codec.h2.OutboundBytes;
import sallyport.http.codec.h2.ServerStreamCodec;
import sallyport.http.codec.h2.StreamCodec;
import sallyport.http.codec.h2.StreamsHandler;
import sallyport.net.Failure;
import sallyport.proxy.Delivery;
import sallyport.proxy.Exchange;
import sallyport.proxy.head.ResponseHead;
import sallyport.proxy.stream.HttpStream;
import sallyport.proxy.stream.PinnedConnections;

/**
 * Stream of a client's HTTP/2 connection: a plain object without a channel. It has one request and
 * its response. Once the response is written or the stream is reset, further input is discarded.
 *
 * <p>Every call must run on the connection's event loop.
 */
public class Http2ServerStream extends StreamsHandler.StreamObject
    implements HttpStream, StreamCodec.Stream {
  private static final AsciiString HSTS = AsciiString.cached(HstsConfig.FIELD);

  private final Http2ServerHandler connection;
  private final Http2Stream stream;
  private final StreamContext context;
  private final ServerStreamCodec codec;
  private final BodyTimeout timeout;
  private final OutboundBytes outbound;
  private final InboundBytes inbound;

  private @Nullable Exchange exchange;

  /** Null before a response that the socket does not take at once. */
  private @Nullable Delivery delivery;

  private final PinnedConnections pinned = new PinnedConnections();

  /** Latest write of the response. */
  private @Nullable ChannelFuture lastWrite;

  /** Whether the response is written, or the stream is reset. */
  private boolean over;

  /** Returns a factory for the streams of one connection. */
  public static Http2ServerHandler.StreamFactory factory(StreamContext context) {
    return (connection, stream) -> new Http2ServerStream(connection, stream, context);
  }

  /** For one stream that the client has opened. */
  Http2ServerStream(Http2ServerHandler connection, Http2Stream stream, StreamContext context) {
    this.connection = connection;
    this.stream = stream;
    this.context = context;
    this.codec = new ServerStreamCodec(this, context.limits().maxFields(), context.fieldNames());
    this.timeout =
        new BodyTimeout(
            connection.timers(), context.bodyIdleNanos(), this::isReading, this::onBodyTimeout);
    this.outbound = new OutboundBytes(connection.context(), this::onWritable);
    this.inbound = new InboundBytes(connection.connection());
    inbound.of(stream);
  }

  // ---- frames of the request

  final void onHeaders(Http2Headers headers, boolean last) {
    connection.touch(this);
    codec.onHeaders(headers, last);
  }

  /**
   * Takes a DATA frame.
   *
   * @return the octets that return to the flow-control window now
   */
  final int onData(ByteBuf data, int padding, boolean last) {
    connection.touch(this);
    int octets = data.readableBytes() + padding;
    codec.onData(data, last);
    return inbound.received(octets);
  }

  @Override
  public void receive(HttpObject part) {
    if (over) {
      ReferenceCountUtil.release(part);
      return;
    }
    timeout.onRequestPart(part);
    if (part instanceof HttpRequest request) {
      begin(request);
    } else if (exchange != null) {
      exchange.onRequestContent((HttpContent) part);
    } else {
      ReferenceCountUtil.release(part);
    }
  }

  private void begin(HttpRequest request) {
    Exchange admitted = context.intake().take(request, ReceivedVersion.HTTP_2, this);
    if (admitted != null) {
      exchange = admitted;
      admitted.start();
    }
  }

  @Override
  protected final void onReadComplete() {
    timeout.onReadComplete();
    if (exchange != null) {
      exchange.flushRequest();
    }
  }

  private void onBodyTimeout() {
    if (over) {
      return;
    }
    if (exchange != null) {
      exchange.fail(Failure.Client.BODY_TIMEOUT);
    } else {
      refuse(Failure.Client.BODY_TIMEOUT);
    }
  }

  /** Answers a request that broke a rule before its head was received. */
  final void refuse(Failure.Client failure) {
    context.intake().refuse(failure, ReceivedVersion.HTTP_2, this);
  }

  /** Tells a WebSocket that the gateway stops. */
  final void goAway() {
    if (exchange != null) {
      exchange.goAway();
    }
  }

  /** Resets the stream after an error of the client, which is counted already. */
  final void onStreamError(Http2Error error, Failure.Client failure) {
    Exchange ended = end();
    if (ended != null) {
      ended.onStreamError(failure);
    }
    reset(error);
  }

  /** Called once the stream or its connection is closed. */
  void onClosed() {
    Exchange ended = end();
    if (ended != null) {
      ended.onClientClosed();
    }
    timeout.close();
    pinned.close();
  }

  /** Ends the request, as the response is written or the stream is reset. */
  private @Nullable Exchange end() {
    Exchange ended = exchange;
    exchange = null;
    over = true;
    timeout.clear();
    if (inbound.setReading(true)) {
      connection.flushLater();
    }
    return ended;
  }

  private void reset(Http2Error error) {
    if (stream.state() != Http2Stream.State.CLOSED) {
      connection.reset(stream, error);
    }
  }

  // ---- the response

  @Override
  public EventLoop loop() {
    return connection.context().channel().eventLoop();
  }

  @Override
  public boolean sharesConnection() {
    return true;
  }

  @Override
  public PinnedConnections pinned() {
    return pinned;
  }

  /** Sends a part of the response, without a flush; takes over its reference. */
  protected void write(HttpObject part) {
    codec.write(part);
  }

  @Override
  public void writeInterim(HttpResponse response) {
    timeout.onInterim(response.status().code());
    write(ResponseHead.interim(response));
    connection.flushLater();
  }

  @Override
  public void writeHead(HttpResponse response, HttpMethod method, boolean wholeRequest) {
    onFinalHead(response);
    write(response);
  }

  private void onFinalHead(HttpResponse response) {
    // From here on the rest of a body depends on the backend, too.
    timeout.clear();
    response.headers().set(HSTS, context.hsts());
  }

  @Override
  public void writeContent(HttpContent content) {
    write(content);
  }

  @Override
  public void writeEnd(LastHttpContent last) {
    Exchange ended = exchange;
    finish(last, ended == null || ended.requestEnded());
  }

  @Override
  public void writeReply(FullHttpResponse response, boolean requestEnded, boolean endsConnection) {
    onFinalHead(response);
    finish(response, requestEnded);
  }

  private void finish(LastHttpContent last, boolean requestEnded) {
    end();
    write(last);
    connection.awaitFlush(this);
    ChannelFuture written = lastWrite;
    if (!requestEnded && written != null) {
      // After a complete response, the rest of the request is not needed (RFC 9113 section 8.1).
      // An earlier reset would overtake a body that waits for flow control.
      written.addListener(done -> resetRest());
    }
  }

  /** Resets the stream where some of its request is still to come. */
  private void resetRest() {
    if (stream.state() != Http2Stream.State.HALF_CLOSED_REMOTE) {
      reset(Http2Error.NO_ERROR);
    }
  }

  /** Called once the response is flushed; begins its delivery if the socket has not taken it. */
  final void onFlushed() {
    ChannelFuture written = lastWrite;
    if (over && written != null && !written.isDone()) {
      if (delivery == null) {
        delivery = new Delivery(this, context.proxy(), context.connection());
      }
      delivery.add(written);
    }
  }

  @Override
  public void flush() {
    codec.flush();
    connection.flushLater();
  }

  private void onWritable() {
    if (exchange != null) {
      exchange.onClientWritable();
    }
  }

  @Override
  protected final void checkWritable() {
    outbound.checkWritable();
  }

  @Override
  public boolean isWritable() {
    return outbound.isWritable();
  }

  @Override
  public long deliveredBytes() {
    return outbound.taken();
  }

  @Override
  public boolean hasBacklog() {
    return outbound.pending() > 0;
  }

  @Override
  public boolean isReading() {
    return inbound.isReading();
  }

  @Override
  public void setReading(boolean reading) {
    if (!over && inbound.setReading(reading)) {
      connection.flushLater();
    }
  }

  @Override
  public void abort(Abort reason) {
    end();
    reset(
        switch (reason) {
          case INCOMPLETE -> Http2Error.INTERNAL_ERROR;
          case MALFORMED -> Http2Error.PROTOCOL_ERROR;
          case HTTP_1_1_REQUIRED -> Http2Error.HTTP_1_1_REQUIRED;
        });
  }

  @Override
  public void cut() {
    reset(Http2Error.INTERNAL_ERROR);
  }

  // ---- frames of the response

  @Override
  public final void sendHeaders(Http2Headers headers, boolean last) {
    lastWrite =
        connection
            .encoder()
            .writeHeaders(
                connection.context(),
                stream.id(),
                headers,
                0,
                last,
                connection.context().newPromise());
  }

  @Override
  public final void sendData(ByteBuf data, boolean last) {
    lastWrite =
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
