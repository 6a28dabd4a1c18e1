package sallyport.tls.engine;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;

/**
 * Handler that closes a connection once its TLS engine has sent a fatal alert (RFC 8446 section
 * 6.2: immediately). For a record that cannot be decrypted, Netty's engine sends the alert and
 * reports the failure with the next read. Where the peer sends no more, that read never comes.
 *
 * <p>It is in front of the TLS engine, of clients and of backends, once the handshake has ended. It
 * examines the engine only after a record of the size of an alert.
 *
 * <p>Belongs to the event loop of its connection.
 */
public final class FatalAlertGuard extends ChannelOutboundHandlerAdapter {
  private static final int ALERT = 0x15;

  /** The whole record of an alert under TLS 1.3: header, alert, inner type and tag. */
  private static final int TLS13_RECORD = 5 + 2 + 1 + 16;

  private final ReferenceCountedOpenSslEngine engine;

  private FatalAlertGuard(ReferenceCountedOpenSslEngine engine) {
    this.engine = engine;
  }

  /** Adds one to a pipeline that has a TLS engine. */
  public static void addTo(ChannelPipeline pipeline) {
    SslHandler ssl = pipeline.get(SslHandler.class);
    if (ssl != null && ssl.engine() instanceof ReferenceCountedOpenSslEngine engine) {
      pipeline.addBefore(pipeline.context(ssl).name(), "alerts", new FatalAlertGuard(engine));
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    boolean mayBeAlert =
        message instanceof ByteBuf record
            && record.isReadable()
            && (record.readableBytes() == TLS13_RECORD
                || record.getUnsignedByte(record.readerIndex()) == ALERT);
    ctx.write(message, promise);
    if (mayBeAlert) {
      // Behind the flush that follows.
      ctx.executor().execute(() -> closeIfBroken(ctx));
    }
  }

  private void closeIfBroken(ChannelHandlerContext ctx) {
    if (!ctx.isRemoved() && isBroken()) {
      ctx.close();
    }
  }

  /** Whether nothing can be read any more for a reason other than a close_notify. */
  private boolean isBroken() {
    long ssl = engine.sslPointer();
    return ssl != 0
        && !engine.isInboundDone()
        && (SSL.getShutdown(ssl) & SSL.SSL_RECEIVED_SHUTDOWN) != 0;
  }
}
