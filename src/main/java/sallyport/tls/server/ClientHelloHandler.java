package sallyport.tls.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseNotifier;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.AdminTlsConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.credentials.certificates.KeyType;
import sallyport.net.LingeringClose;
import sallyport.tls.challenge.ChallengeGuard;
import sallyport.tls.challenge.Challenges;
import sallyport.tls.engine.Contexts;
import sallyport.tls.engine.TlsLayer;
import sallyport.tls.failure.HandshakeRefusal;
import sallyport.tls.hello.ClientHello;
import sallyport.tls.hello.HandshakeTurns;
import sallyport.tls.hello.OfferCheck;
import sallyport.tls.hello.Preface;
import sallyport.tls.policy.Alpn;

/**
 * Handler that reads a client's first message, refuses what the policy does not allow before any
 * cryptography is spent on it, and chooses the certificate. The TLS engine then takes its place,
 * with a {@link HandshakeGuard} behind it.
 *
 * <p>It reads from the socket, with limits of its own on octets and time. What is not a well-formed
 * ClientHello is refused. What a client sent is never logged: a client that speaks plain HTTP to
 * this port sends patient data.
 *
 * <p>Belongs to the event loop of its connection.
 */
final class ClientHelloHandler extends SslClientHelloHandler<SslContext> {
  private final HandshakeContext context;
  private final TlsListenerConfig listener;
  private final Supplier<CertificateSelector> certificates;
  private final Challenges challenges;
  private final HandshakeTurns turns;
  private final Preface preface;

  private @Nullable Future<?> timer;
  private @Nullable String serverName;

  /** Turn that this connection waits for; null where it waits for none. */
  private @Nullable Future<Void> turn;

  /** Certificate that is shown, once it is chosen; null for the challenge of an authority. */
  private @Nullable ServerCertificate shown;

  /** Chosen context, with a reference that keeps it until there is an engine. */
  private @Nullable SslContext reference;

  /** Whether the preface is over. */
  private boolean tlsBegun;

  private boolean offersProtocols;
  private boolean received;
  private boolean done;

  /**
   * @param certificates asked when the client has said what it wants
   * @param challenges for authorities that ask who answers for a name
   */
  ClientHelloHandler(
      HandshakeContext context,
      Supplier<CertificateSelector> certificates,
      Challenges challenges,
      HandshakeTurns turns,
      Preface preface) {
    super(context.listener().tls().clientHelloMaxBytes());
    this.context = context;
    this.listener = context.listener();
    this.certificates = certificates;
    this.challenges = challenges;
    this.turns = turns;
    this.preface = preface;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    timer =
        ctx.executor()
            .schedule(
                () -> refuse(ctx, HandshakeRefusal.CLIENT_HELLO_TIMEOUT),
                listener.tls().clientHelloTimeout().toNanos(),
                TimeUnit.NANOSECONDS);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    received = true;
    if (!tlsBegun && !done) {
      readPreface(ctx, in);
    }
    if (done) {
      in.skipBytes(in.readableBytes());
    } else if (tlsBegun) {
      super.decode(ctx, in, out);
    }
  }

  private void readPreface(ChannelHandlerContext ctx, ByteBuf in) {
    switch (preface.read(in)) {
      case Preface.Step.Tls tls -> tlsBegun = true;
      case Preface.Step.More more -> {
        // Until then it cannot be told.
      }
      case Preface.Step.Answer(int length, ByteBuf reply) -> {
        in.skipBytes(length);
        ctx.writeAndFlush(reply);
      }
      case Preface.Step.Refuse(HandshakeRefusal reason, ByteBuf reply) -> {
        account(ctx, reason, "");
        if (reply == null) {
          ctx.close();
        } else {
          LingeringClose.after(ctx, ctx.writeAndFlush(reply));
        }
      }
      case Preface.Step.Close(Future<?> until) -> {
        finish();
        until.addListener(ended -> ctx.close());
      }
    }
  }

  @Override
  protected Future<SslContext> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf message) {
    ClientHello hello = message == null ? null : ClientHello.parse(message);
    if (hello == null) {
      return refused(
          ctx,
          message == null ? HandshakeRefusal.NOT_TLS : HandshakeRefusal.MALFORMED_CLIENT_HELLO);
    }
    serverName = hello.serverName();
    OfferCheck offer = new OfferCheck(context.policy(), hello);
    HandshakeRefusal refusal = offer.refusal();
    if (refusal != null) {
      return refused(ctx, refusal);
    }
    if (hello.protocols().contains(Alpn.ACME)) {
      CompletionStage<Void> look = challenges.look(hello);
      return look == null ? answer(ctx, hello, offer) : answerAfter(look, ctx, hello, offer);
    }
    offersProtocols = !hello.protocols().isEmpty();
    // BoringSSL would go on without a protocol, and so for a client that speaks another one than
    // HTTP: the bytes of one protocol could be taken for those of another (RFC 7301 section 3.2).
    if (offersProtocols
        ? Collections.disjoint(hello.protocols(), Alpn.of(listener))
        : preface.needsProtocol()) {
      return refused(ctx, HandshakeRefusal.NO_COMMON_PROTOCOL);
    }
    return choose(ctx, hello, offer);
  }

  /** Answers an authority. */
  private Future<SslContext> answer(
      ChannelHandlerContext ctx, ClientHello hello, OfferCheck offer) {
    SslContext answer = challenges.answer(context.policy(), hello);
    reference = answer;
    return answer == null || !offer.canUse(Challenges.KEY_TYPE)
        ? refused(ctx, HandshakeRefusal.NO_CHALLENGE)
        : inTurn(ctx, answer, 1, hello.offersResumption());
  }

  /** Answers an authority once it is known what other replicas have promised it. */
  private Future<SslContext> answerAfter(
      CompletionStage<Void> look, ChannelHandlerContext ctx, ClientHello hello, OfferCheck offer) {
    Promise<SslContext> chosen = ctx.executor().newPromise();
    look.whenComplete(
        (ended, failed) ->
            ctx.executor()
                .execute(
                    () -> {
                      if (done) {
                        chosen.setFailure(new IllegalStateException("refused meanwhile"));
                        return;
                      }
                      PromiseNotifier.cascade(
                          /* logNotifyFailure= */ false, answer(ctx, hello, offer), chosen);
                    }));
    return chosen;
  }

  private Future<SslContext> choose(
      ChannelHandlerContext ctx, ClientHello hello, OfferCheck offer) {
    if (!isServed(serverName)) {
      return refused(ctx, HandshakeRefusal.UNKNOWN_SNI);
    }
    CertificateSelector inUse = certificates.get();
    Map<KeyType, ServerCertificate> candidates =
        serverName == null ? null : inUse.forName(serverName);
    if (candidates == null) {
      if (inUse.awaits(serverName)) {
        return refused(ctx, HandshakeRefusal.NO_CERTIFICATE);
      }
      if (listener.tls().rejectUnknownSni()) {
        return refused(ctx, HandshakeRefusal.UNKNOWN_SNI);
      }
      candidates = inUse.first();
    }
    ServerCertificate certificate = CertificateSelector.best(candidates, offer);
    if (certificate == null) {
      String missing = MissingCertificate.describe(candidates.keySet(), offer);
      refuse(ctx, HandshakeRefusal.NO_COMMON_SIGNATURE, missing);
      context.missing().log(listener.name(), missing);
      return failed(ctx, HandshakeRefusal.NO_COMMON_SIGNATURE);
    }
    if (!Contexts.hold(certificate.context())) {
      // Others have taken its place since it was chosen; or none have, and the listener is closed.
      return inUse.equals(certificates.get())
          ? refused(ctx, HandshakeRefusal.OTHER)
          : choose(ctx, hello, offer);
    }
    reference = certificate.context();
    shown = certificate;
    return inTurn(ctx, certificate.context(), certificate.weight(), hello.offersResumption());
  }

  /** Returns whether there is anything behind the listener for clients that ask for this name. */
  private boolean isServed(@Nullable String name) {
    return switch (listener) {
      case ListenerConfig.Stream stream -> stream.stream().forwardTo().backend(name) != null;
      case ListenerConfig.HttpProxy http -> true;
      case AdminTlsConfig admin -> true;
    };
  }

  private Future<SslContext> inTurn(
      ChannelHandlerContext ctx, SslContext ssl, int weight, boolean resumption) {
    Future<Void> asked = turns.ask(weight, resumption);
    if (asked == null) {
      return refused(ctx, HandshakeRefusal.OVERLOADED);
    }
    if (asked.isDone()) {
      return ctx.executor().newSucceededFuture(ssl);
    }
    turn = asked;
    context.metrics().handshakeDeferred(resumption);
    Promise<SslContext> chosen = ctx.executor().newPromise();
    asked.addListener(
        begun -> {
          if (begun.isSuccess()) {
            chosen.setSuccess(ssl);
          } else {
            // It has waited too long, unless the connection ended before.
            refuse(ctx, HandshakeRefusal.OVERLOADED);
            chosen.setFailure(begun.cause());
          }
        });
    return chosen;
  }

  private Future<SslContext> refused(ChannelHandlerContext ctx, HandshakeRefusal refusal) {
    refuse(ctx, refusal);
    return failed(ctx, refusal);
  }

  private static Future<SslContext> failed(ChannelHandlerContext ctx, HandshakeRefusal refusal) {
    return ctx.executor().newFailedFuture(new IllegalStateException(refusal.flag()));
  }

  @Override
  protected void onLookupComplete(ChannelHandlerContext ctx, Future<SslContext> lookup) {
    if (!lookup.isSuccess() || done) {
      return;
    }
    finish();
    SslHandler ssl = null;
    boolean installed = false;
    try {
      ssl = lookup.getNow().newHandler(ctx.alloc());
      context.tickets().prepare(ssl, context.clients().mayResume());
      if (shown != null) {
        shown.prepare(ssl);
      }
      ssl.setHandshakeTimeoutMillis(listener.tls().handshakeTimeout().toMillis());
      ctx.pipeline()
          .addAfter(
              ctx.name(),
              "guard",
              shown == null
                  ? new ChallengeGuard()
                  : new HandshakeGuard(context, shown.use(), serverName, offersProtocols));
      ctx.pipeline().replace(this, TlsLayer.NAME, ssl);
      TlsLayer.install(ssl, ctx.channel());
      installed = true;
    } finally {
      if (!installed) {
        if (ssl != null) {
          ReferenceCountUtil.safeRelease(ssl.engine());
        }
        // Its timer has been stopped, and no other one runs.
        end(ctx, HandshakeRefusal.OTHER, "");
        ctx.close();
      }
    }
  }

  /** Releases the context: the engine has a reference of its own by now, or there will be none. */
  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
    if (reference != null) {
      ReferenceCountUtil.release(reference);
      reference = null;
    }
    super.handlerRemoved0(ctx);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // The exception may quote what the client sent: it goes no further.
    boolean tooLarge =
        cause instanceof TooLongFrameException || cause.getCause() instanceof TooLongFrameException;
    refuse(ctx, tooLarge ? HandshakeRefusal.CLIENT_HELLO_TOO_LARGE : HandshakeRefusal.NOT_TLS);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    if (!done && received) {
      refuse(ctx, HandshakeRefusal.CLIENT_CLOSED);
    }
    // A connection that closes without a byte is a health check, not a refusal.
    finish();
    super.channelInactive(ctx);
  }

  private void account(ChannelHandlerContext ctx, HandshakeRefusal refusal, String detail) {
    finish();
    end(ctx, refusal, detail);
  }

  private void end(ChannelHandlerContext ctx, HandshakeRefusal refusal, String detail) {
    context.refused(ctx.channel(), refusal, detail, serverName);
  }

  private void refuse(ChannelHandlerContext ctx, HandshakeRefusal refusal) {
    refuse(ctx, refusal, "");
  }

  private void refuse(ChannelHandlerContext ctx, HandshakeRefusal refusal, String detail) {
    if (done) {
      return;
    }
    account(ctx, refusal, detail);
    if (refusal.alert() < 0) {
      ctx.close();
      return;
    }
    ctx.writeAndFlush(refusal.plaintextAlert()).addListener(ChannelFutureListener.CLOSE);
  }

  private void finish() {
    done = true;
    if (timer != null) {
      timer.cancel(false);
    }
    if (turn != null) {
      turn.cancel(false);
    }
  }
}
