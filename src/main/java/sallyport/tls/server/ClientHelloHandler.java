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
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.ListenerConfig;
import sallyport.credentials.certificates.KeyType;
import sallyport.net.LingeringClose;
import sallyport.net.Peers;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.TlsMetrics;
import sallyport.tls.challenge.ChallengeGuard;
import sallyport.tls.challenge.Challenges;
import sallyport.tls.clients.ClientCheck;
import sallyport.tls.engine.Contexts;
import sallyport.tls.engine.TlsLayer;
import sallyport.tls.failure.HandshakeRefusal;
import sallyport.tls.hello.CleartextReply;
import sallyport.tls.hello.ClientHello;
import sallyport.tls.hello.HandshakeTurns;
import sallyport.tls.hello.OfferCheck;
import sallyport.tls.policy.Alpn;
import sallyport.tls.policy.TlsPolicy;
import sallyport.tls.tickets.TicketKeys;

/**
 * Reads a client's first message, refuses what the policy does not allow before any cryptography is
 * spent on it, and chooses the certificate. Then makes way for the TLS engine and a {@link
 * HandshakeGuard} behind it.
 *
 * <p>Takes bytes from the socket; holds its own limits on their number and on the time they take.
 * Whatever is not a sound ClientHello is refused, never guessed at. What a client sent is never
 * logged: someone who speaks plain HTTP to this port sends patient data.
 */
final class ClientHelloHandler extends SslClientHelloHandler<SslContext> {
  private final ListenerConfig.Tls listener;
  private final TlsPolicy policy;
  private final Supplier<CertificateSelector> certificates;
  private final TicketKeys tickets;
  private final Challenges challenges;
  private final HandshakeTurns turns;
  private final CleartextReply cleartext;
  private final ClientCheck clients;
  private final TlsMetrics metrics;
  private final AuditLog audit;

  private @Nullable Future<?> timer;
  private @Nullable String serverName;

  /** What this connection waits for; null when it waits for nothing. */
  private @Nullable Future<Void> turn;

  /** What is shown, once it is chosen; null for an authority's challenge. */
  private @Nullable ServerCertificate shown;

  /** The context that was chosen, so that it is not freed before there is an engine. */
  private @Nullable SslContext held;

  private boolean offersProtocols;
  private boolean received;
  private boolean done;

  /**
   * @param certificates asked when the client has said what it wants
   * @param challenges for authorities that ask who answers for a name
   */
  ClientHelloHandler(
      ListenerConfig.Tls listener,
      TlsPolicy policy,
      Supplier<CertificateSelector> certificates,
      TicketKeys tickets,
      Challenges challenges,
      HandshakeTurns turns,
      CleartextReply cleartext,
      ClientCheck clients,
      TlsMetrics metrics,
      AuditLog audit) {
    super(listener.tls().clientHelloMaxBytes());
    this.listener = listener;
    this.policy = policy;
    this.certificates = certificates;
    this.tickets = tickets;
    this.challenges = challenges;
    this.turns = turns;
    this.cleartext = cleartext;
    this.clients = clients;
    this.metrics = metrics;
    this.audit = audit;
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
    ByteBuf reply = done ? null : cleartext.to(in);
    if (reply != null) {
      account(ctx, HandshakeRefusal.PLAIN_HTTP);
      LingeringClose.after(ctx, ctx.writeAndFlush(reply));
    }
    if (done) {
      in.skipBytes(in.readableBytes());
    } else {
      super.decode(ctx, in, out);
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
    OfferCheck offer = new OfferCheck(policy, hello);
    HandshakeRefusal refusal = offer.refusal();
    if (refusal != null) {
      return refused(ctx, refusal);
    }
    if (hello.protocols().contains(Alpn.ACME)) {
      SslContext answer = challenges.answer(policy, hello);
      held = answer;
      return answer == null || !offer.canUse(Challenges.KEY_TYPE)
          ? refused(ctx, HandshakeRefusal.NO_CHALLENGE)
          : inTurn(ctx, answer, 1, hello.offersResumption());
    }
    offersProtocols = !hello.protocols().isEmpty();
    // BoringSSL would go on without a protocol, and so for a client that speaks another one than
    // HTTP: the bytes of one protocol could be taken for those of another (RFC 7301 section 3.2).
    if (offersProtocols && Collections.disjoint(hello.protocols(), Alpn.of(listener))) {
      return refused(ctx, HandshakeRefusal.NO_COMMON_PROTOCOL);
    }
    return choose(ctx, hello, offer);
  }

  private Future<SslContext> choose(
      ChannelHandlerContext ctx, ClientHello hello, OfferCheck offer) {
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
      return refused(ctx, HandshakeRefusal.NO_COMMON_SIGNATURE);
    }
    if (!Contexts.hold(certificate.context())) {
      // Others have taken its place since it was chosen; or none have, and the listener is closed.
      return inUse.equals(certificates.get())
          ? refused(ctx, HandshakeRefusal.OTHER)
          : choose(ctx, hello, offer);
    }
    held = certificate.context();
    shown = certificate;
    return inTurn(ctx, certificate.context(), certificate.weight(), hello.offersResumption());
  }

  private Future<SslContext> inTurn(
      ChannelHandlerContext ctx, SslContext context, int weight, boolean resumption) {
    Future<Void> asked = turns.ask(weight, resumption);
    if (asked == null) {
      return refused(ctx, HandshakeRefusal.OVERLOADED);
    }
    if (asked.isDone()) {
      return ctx.executor().newSucceededFuture(context);
    }
    turn = asked;
    metrics.handshakeDeferred(resumption);
    Promise<SslContext> chosen = ctx.executor().newPromise();
    asked.addListener(
        begun -> {
          if (begun.isSuccess()) {
            chosen.setSuccess(context);
          } else {
            chosen.setFailure(begun.cause());
          }
        });
    return chosen;
  }

  private Future<SslContext> refused(ChannelHandlerContext ctx, HandshakeRefusal refusal) {
    refuse(ctx, refusal);
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
      tickets.prepare(ssl, clients.mayResume());
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
                  : new HandshakeGuard(
                      listener,
                      policy,
                      metrics,
                      audit,
                      shown.use(),
                      clients,
                      serverName,
                      offersProtocols));
      ctx.pipeline().replace(this, TlsLayer.NAME, ssl);
      TlsLayer.install(ssl, ctx.channel());
      installed = true;
    } finally {
      if (!installed) {
        if (ssl != null) {
          ReferenceCountUtil.safeRelease(ssl.engine());
        }
        // Its timer has been stopped, and no other one runs.
        end(ctx, HandshakeRefusal.OTHER);
        ctx.close();
      }
    }
  }

  /** The engine has a reference of its own by now, or there will be none. */
  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
    if (held != null) {
      ReferenceCountUtil.release(held);
      held = null;
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

  private void account(ChannelHandlerContext ctx, HandshakeRefusal refusal) {
    finish();
    end(ctx, refusal);
  }

  private void end(ChannelHandlerContext ctx, HandshakeRefusal refusal) {
    metrics.handshakeFailed(refusal.flag());
    audit.record(
        new AuditEvent.HandshakeRefused(
            listener.name(), Peers.client(ctx.channel()), refusal.flag(), "", serverName));
  }

  private void refuse(ChannelHandlerContext ctx, HandshakeRefusal refusal) {
    if (done) {
      return;
    }
    account(ctx, refusal);
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
