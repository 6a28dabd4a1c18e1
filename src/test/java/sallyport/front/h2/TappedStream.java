package sallyport.front.h2;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.function.Consumer;

/**
 * A stream with handlers between its codec and its exchange, as tests have them between those of
 * HTTP/1: {@code http}, then the tap, then {@code proxy}.
 */
public final class TappedStream extends Http2ServerStream {
  private final EmbeddedChannel between = new EmbeddedChannel();
  private final Consumer<Throwable> faults;

  /**
   * @param tap sees what passes
   * @param built hears of the handlers
   * @param faults takes what the stream throws
   */
  public TappedStream(
      Http2ServerHandler connection,
      Http2Stream stream,
      StreamContext context,
      ChannelHandler tap,
      Consumer<ChannelPipeline> built,
      Consumer<Throwable> faults) {
    super(connection, stream, context);
    this.faults = faults;
    between.pipeline().addLast("http", new Out()).addLast("tap", tap).addLast("proxy", new In());
    built.accept(between.pipeline());
  }

  @Override
  public void receive(HttpObject part) {
    between.pipeline().fireChannelRead(part);
  }

  @Override
  protected void write(HttpObject part) {
    between.pipeline().context("proxy").write(part);
  }

  @Override
  void onClosed() {
    super.onClosed();
    between.close();
    between.runPendingTasks();
  }

  private void pass(HttpObject part) {
    try {
      super.receive(part);
    } catch (RuntimeException | Error fault) {
      faults.accept(fault);
      throw fault;
    }
  }

  private void send(HttpObject part) {
    super.write(part);
  }

  private final class In extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      pass((HttpObject) message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      abort(Abort.INCOMPLETE);
    }
  }

  private final class Out extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      send((HttpObject) message);
      promise.setSuccess();
    }
  }
}
