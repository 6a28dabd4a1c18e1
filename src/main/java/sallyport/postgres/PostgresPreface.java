package sallyport.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Future;
import java.util.function.Function;
import sallyport.tls.failure.HandshakeRefusal;
import sallyport.tls.hello.Preface;

/**
 * Negotiation of TLS at the front: SSLRequest, which is answered S, or TLS at once with ALPN.
 * GSSENCRequest is answered N. A session without TLS gets an ErrorResponse, and the server hears
 * nothing of it.
 *
 * <p>A CancelRequest may come without TLS: clients before libpq 17 know no other way. It has no
 * data but the key of a session. See {@link CancelKeys} for which are heard.
 *
 * <p>One for each connection, on its event loop.
 */
public final class PostgresPreface implements Preface {
  private static final int TLS_HANDSHAKE = 22;

  private final Function<CancelKey, Future<?>> cancels;
  private boolean asked;
  private boolean asksForGss = true;

  /**
   * @param cancels takes the key of a CancelRequest; the connection is closed once it is done
   */
  public PostgresPreface(Function<CancelKey, Future<?>> cancels) {
    this.cancels = cancels;
  }

  @Override
  public Step read(ByteBuf first) {
    if (asked || first.getByte(first.readerIndex()) == TLS_HANDSHAKE) {
      return Step.TLS;
    }
    if (first.readableBytes() < Packet.HEAD) {
      return Step.MORE;
    }
    int length = Packet.length(first);
    return switch (Packet.code(first)) {
      case Packet.SSL_REQUEST -> answer(first, length, 'S');
      case Packet.GSSENC_REQUEST -> answer(first, length, 'N');
      case Packet.CANCEL_REQUEST -> cancel(first, length);
      default ->
          Packet.isStartup(length, Packet.code(first))
              ? refuse(HandshakeRefusal.PLAIN_POSTGRES, ErrorResponse.TLS_REQUIRED)
              : new Step.Refuse(HandshakeRefusal.NOT_TLS, /* reply= */ null);
    };
  }

  private Step answer(ByteBuf first, int length, char answer) {
    if (length != Packet.HEAD || (answer == 'N' && !asksForGss)) {
      return refuse(HandshakeRefusal.NOT_TLS, ErrorResponse.INVALID_STARTUP);
    }
    if (first.readableBytes() > Packet.HEAD) {
      // What a man in the middle sends before TLS must not be taken for the client's
      // (CVE-2021-23214).
      return refuse(HandshakeRefusal.PLAIN_POSTGRES, ErrorResponse.UNENCRYPTED_DATA);
    }
    if (answer == 'S') {
      asked = true;
    } else {
      asksForGss = false;
    }
    return new Step.Answer(Packet.HEAD, Unpooled.buffer(1).writeByte(answer));
  }

  private Step cancel(ByteBuf first, int length) {
    if (!CancelKey.isRequest(length)) {
      return refuse(HandshakeRefusal.NOT_TLS, ErrorResponse.INVALID_STARTUP);
    }
    return first.readableBytes() < length
        ? Step.MORE
        : new Step.Close(cancels.apply(CancelKey.ofRequest(first)));
  }

  private static Step refuse(HandshakeRefusal reason, ErrorResponse response) {
    return new Step.Refuse(reason, response.encode());
  }

  /** Returns whether TLS began at once: PostgreSQL 17 demands ALPN of such clients. */
  @Override
  public boolean needsProtocol() {
    return !asked;
  }
}
