package sallyport.testkit;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandler;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import sallyport.tls.engine.TlsLayer;

/**
 * Stands in a pipeline where TLS stands, and lets everything through. Remembers whether the end was
 * announced, as by close_notify, or is a cut.
 */
public final class NoTls extends SslHandler {
  private static final SSLEngine UNUSED = newEngine();

  private @Nullable ChannelHandlerContext context;
  private boolean endAnnounced;

  public NoTls() {
    super(UNUSED);
  }

  private static SSLEngine newEngine() {
    try {
      return SSLContext.getDefault().createSSLEngine();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether our side has said that nothing more comes. */
  public boolean endAnnounced() {
    return endAnnounced;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    TlsLayer.install(this, ctx.channel());
  }

  @Override
  public void handlerRemoved0(ChannelHandlerContext ctx) {}

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ctx.fireChannelInactive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ctx.fireChannelRead(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.fireChannelReadComplete();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.fireExceptionCaught(cause);
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    ctx.read();
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    ctx.write(message, promise);
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    endAnnounced = true;
    ctx.close(promise);
  }

  @Override
  public ChannelFuture closeOutbound() {
    endAnnounced = true;
    return Objects.requireNonNull(context).newSucceededFuture();
  }
}
