package sallyport.tls.passthrough;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sallyport.config.stream.ForwardTo;
import sallyport.config.stream.HelloConfig;
import sallyport.net.Peers;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.TlsMetrics;
import sallyport.tls.failure.HandshakeRefusal;
import sallyport.tls.hello.ClientHello;
import sallyport.tls.policy.TlsPolicy.Version;

/**
 * Handler that reads the ClientHello of TLS that passes unopened, and refuses what does not begin
 * with one, offers no version from TLS 1.2 on, or asks for a name that is not listed. After that it
 * leaves the pipeline, and all octets go to the next handler unchanged, from the first one on.
 *
 * <p>It has limits of its own on octets and time. What a client sent is never logged.
 *
 * <p>Belongs to the event loop of its connection.
 */
public final class PassThroughHello extends SslClientHelloHandler<ClientHello> {
  /** Listener to a ClientHello that may pass, called once, before its octets follow. */
  @FunctionalInterface
  public interface Listener {
    /**
     * @param highest the highest version that the client offers
     */
    void onHello(ClientHello hello, Version highest);
  }

  /**
   * Parts that all connections of one listener share. Any thread.
   *
   * @param listener its name
   * @param names that are listed
   */
  public record Context(
      String listener, HelloConfig limits, ForwardTo names, TlsMetrics metrics, AuditLog audit) {}

  private final Context context;
  private final Listener listener;
  private @Nullable Future<?> timer;
  private boolean received;
  private boolean done;

  /** Creates the handler of one connection. */
  public PassThroughHello(Context context, Listener listener) {
    super(Math.toIntExact(context.limits().maxBytes()));
    this.context = context;
    this.listener = listener;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    timer =
        ctx.executor()
            .schedule(
                () -> refuse(ctx, HandshakeRefusal.CLIENT_HELLO_TIMEOUT, /* serverName= */ null),
                context.limits().timeout().toNanos(),
                TimeUnit.NANOSECONDS);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    received = true;
    if (done) {
      in.skipBytes(in.readableBytes());
    } else {
      super.decode(ctx, in, out);
    }
  }

  @Override
  protected Future<ClientHello> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf message) {
    ClientHello hello = message == null ? null : ClientHello.parse(message);
    HandshakeRefusal refusal =
        message == null
            ? HandshakeRefusal.NOT_TLS
            : hello == null ? HandshakeRefusal.MALFORMED_CLIENT_HELLO : refusal(hello);
    if (hello == null || refusal != null) {
      HandshakeRefusal reason = refusal == null ? HandshakeRefusal.OTHER : refusal;
      refuse(ctx, reason, hello == null ? null : hello.serverName());
      return ctx.executor().newFailedFuture(new IllegalStateException(reason.flag()));
    }
    return ctx.executor().newSucceededFuture(hello);
  }

  private @Nullable HandshakeRefusal refusal(ClientHello hello) {
    if (highest(hello) == null) {
      return HandshakeRefusal.NO_COMMON_VERSION;
    }
    return hello.serverName() == null || context.names().backend(hello.serverName()) == null
        ? HandshakeRefusal.UNKNOWN_SNI
        : null;
  }

  private static @Nullable Version highest(ClientHello hello) {
    if (hello.offers(Version.TLS_1_3)) {
      return Version.TLS_1_3;
    }
    return hello.offers(Version.TLS_1_2) ? Version.TLS_1_2 : null;
  }

  @Override
  protected void onLookupComplete(ChannelHandlerContext ctx, Future<ClientHello> lookup) {
    if (!lookup.isSuccess() || done) {
      return;
    }
    finish();
    ClientHello hello = lookup.getNow();
    Version highest = highest(hello);
    if (highest == null) {
      ctx.close();
      return;
    }
    listener.onHello(hello, highest);
    if (!ctx.isRemoved()) {
      // What was read goes on from here.
      ctx.pipeline().remove(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // The exception may quote what the client sent: it goes no further.
    boolean tooLarge =
        cause instanceof TooLongFrameException || cause.getCause() instanceof TooLongFrameException;
    refuse(
        ctx,
        tooLarge ? HandshakeRefusal.CLIENT_HELLO_TOO_LARGE : HandshakeRefusal.NOT_TLS,
        /* serverName= */ null);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    // A connection that closes without a byte is a health check, not a refusal.
    if (received) {
      refuse(ctx, HandshakeRefusal.CLIENT_CLOSED, /* serverName= */ null);
    }
    finish();
    super.channelInactive(ctx);
  }

  private void refuse(
      ChannelHandlerContext ctx, HandshakeRefusal refusal, @Nullable String serverName) {
    if (done) {
      return;
    }
    finish();
    context.metrics().handshakeFailed(refusal.flag());
    context
        .audit()
        .record(
            new AuditEvent.HandshakeRefused(
                context.listener(),
                Peers.client(ctx.channel()),
                refusal.flag(),
                /* detail= */ "",
                serverName));
    if (refusal.alert() < 0) {
      ctx.close();
    } else {
      ctx.writeAndFlush(refusal.plaintextAlert()).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private void finish() {
    done = true;
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
