package sallyport.tls.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.security.cert.CertificateException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sallyport.net.ClientAuthentication;
import sallyport.tls.clients.ClientCheck;
import sallyport.tls.engine.KeyUse;
import sallyport.tls.engine.ReadGate;
import sallyport.tls.failure.HandshakeRefusal;
import sallyport.tls.failure.TlsFailures;
import sallyport.tls.policy.Negotiated;

/**
 * Handler behind the TLS engine that compares the outcome of the handshake with the policy:
 * BoringSSL chooses TLS 1.3 suites without regard to the configured ones, and a second ClientHello
 * after a HelloRetryRequest was not checked before. It then checks the client, fires {@link
 * TlsInfo} and leaves the pipeline. Nothing passes it before.
 *
 * <p>Belongs to the event loop of its connection.
 */
final class HandshakeGuard extends ChannelInboundHandlerAdapter {
  private static final String GATE = "gate";

  private final HandshakeContext context;
  private final KeyUse use;
  private final @Nullable String serverName;
  private final boolean offeredProtocols;
  private final long startNanos = System.nanoTime();
  private boolean over;

  /**
   * @param offeredProtocols whether the client's first message offered one that the listener speaks
   */
  HandshakeGuard(
      HandshakeContext context, KeyUse use, @Nullable String serverName, boolean offeredProtocols) {
    this.context = context;
    this.use = use;
    this.serverName = serverName;
    this.offeredProtocols = offeredProtocols;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!(event instanceof SslHandshakeCompletionEvent handshake)) {
      ctx.fireUserEventTriggered(event);
    } else if (handshake.isSuccess()) {
      onHandshake(ctx);
    } else {
      refuse(ctx, TlsFailures.ofClient(handshake.cause()), TlsFailures.detail(handshake.cause()));
    }
  }

  private void onHandshake(ChannelHandlerContext ctx) {
    SslHandler ssl = ctx.pipeline().get(SslHandler.class);
    Negotiated negotiated = Negotiated.of(ssl);
    if (!negotiated.resumed()) {
      use.fullHandshake();
    }
    if (context.policy().violation(negotiated) != null) {
      over = true;
      context.violated(ctx.channel(), negotiated);
      ctx.close();
      return;
    }
    if (offeredProtocols && ssl.applicationProtocol() == null) {
      // After a HelloRetryRequest it has offered others than before.
      refuse(ctx, HandshakeRefusal.NO_COMMON_PROTOCOL, "offered other protocols the second time");
      return;
    }
    CompletableFuture<Optional<CertificateException>> asked = context.clients().ask(ssl);
    if (asked == null) {
      authenticate(ctx, ssl, negotiated, null, null);
    } else {
      ReadGate gate = new ReadGate();
      ctx.pipeline().addBefore(ctx.name(), GATE, gate);
      asked.whenComplete(
          (said, neverFails) ->
              ctx.executor()
                  .execute(
                      () -> {
                        if (!over && !ctx.isRemoved()) {
                          authenticate(ctx, ssl, negotiated, said.orElse(null), gate);
                        }
                      }));
    }
  }

  /**
   * @param said why the responders' answers refuse the client; null where they do not
   * @param gate holds what came meanwhile; null where no responder was asked
   */
  private void authenticate(
      ChannelHandlerContext ctx,
      SslHandler ssl,
      Negotiated negotiated,
      @Nullable CertificateException said,
      @Nullable ReadGate gate) {
    ClientAuthentication authentication;
    try {
      authentication =
          context
              .clients()
              .authenticate(ctx.channel(), ssl, negotiated.resumed(), use.certificate(), said);
    } catch (ClientCheck.Refused refused) {
      refuse(ctx, refused.reason(), String.valueOf(refused.getMessage()));
      return;
    }
    context
        .metrics()
        .handshake(
            negotiated.version(),
            negotiated.cipher(),
            negotiated.group(),
            negotiated.resumed(),
            System.nanoTime() - startNanos);
    acknowledgeAtOnce(ctx.channel());
    over = true;
    TlsInfo info =
        new TlsInfo(
            negotiated.version(),
            negotiated.cipher(),
            negotiated.group(),
            serverName,
            negotiated.resumed(),
            ssl.applicationProtocol(),
            authentication);
    ctx.fireUserEventTriggered(info);
    ctx.pipeline().remove(this);
    if (gate != null) {
      gate.release(ctx.pipeline().context(gate));
    }
  }

  /**
   * Acknowledges the client's Finished at once. BoringSSL writes nothing after it, so that a client
   * with Nagle's algorithm on would hold its request back until our delayed acknowledgement, some
   * 40 ms. The kernel resets this option, which is why it is set here and not at accept.
   */
  private static void acknowledgeAtOnce(Channel channel) {
    if (channel instanceof EpollSocketChannel) {
      channel.config().setOption(EpollChannelOption.TCP_QUICKACK, true);
    } else if (channel instanceof IoUringSocketChannel) {
      channel.config().setOption(IoUringChannelOption.TCP_QUICKACK, true);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    // Nothing can be read before the handshake is over; should it happen, it goes nowhere.
    ReferenceCountUtil.release(message);
    ctx.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    refuse(ctx, TlsFailures.ofClient(cause), TlsFailures.detail(cause));
  }

  private void refuse(ChannelHandlerContext ctx, HandshakeRefusal refusal, String detail) {
    if (!over) {
      over = true;
      context.refused(ctx.channel(), refusal, detail, serverName);
      if (refusal == HandshakeRefusal.SIGNATURE_FAILED) {
        // The engine sends none; nothing of its flight has gone out, so that it is plaintext.
        ctx.pipeline().context(SslHandler.class).writeAndFlush(refusal.plaintextAlert());
      }
    }
    ctx.close();
  }
}
