package sallyport.proxy;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import sallyport.connect.stream.ClientStream;
import sallyport.http.codec.MalformedMessage;
import sallyport.http.forwarded.IdentityFields;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;

/**
 * The body of one request as it comes in: pieces that wait for a stream, and how far it has got.
 *
 * <p>Every call must run on the event loop of the exchange.
 */
final class RequestBody {
  private final ArrayDeque<HttpContent> waiting = new ArrayDeque<>(2);
  private final long limit;
  private final IdentityFields identityFields;
  private final ExchangeLog log;
  private boolean heldBack;
  private boolean ended;
  private boolean sent;
  private boolean discarded;

  /**
   * @param ended whether no body follows the head
   * @param heldBack whether the client waits to be told to go on
   * @param limit the most that it may have, in bytes
   * @param log counts its bytes
   */
  RequestBody(
      boolean ended, boolean heldBack, long limit, IdentityFields identityFields, ExchangeLog log) {
    this.limit = limit;
    this.identityFields = identityFields;
    this.log = log;
    this.ended = ended;
    this.heldBack = heldBack;
  }

  /** Whether all of the request has come in. */
  boolean isEnded() {
    return ended;
  }

  /** Whether the client waits to be told to go on (RFC 9110 section 10.1.1). */
  boolean isHeldBack() {
    return heldBack;
  }

  /** Whether any of it was sent: it cannot be sent again. */
  boolean isSent() {
    return sent;
  }

  /** Whether what still comes is thrown away. */
  boolean isDiscarded() {
    return discarded;
  }

  /**
   * Takes note of a piece, and takes the fields from its trailers that a client may not send.
   *
   * @return why it is refused; null when it is not
   */
  @Nullable Failure receive(HttpContent content) {
    Failure malformed = MalformedMessage.in(content);
    if (malformed != null) {
      return malformed;
    }
    heldBack = false;
    log.requestBytes += content.content().readableBytes();
    if (log.requestBytes > limit) {
      return Failure.Client.BODY_TOO_LARGE;
    }
    if (content instanceof LastHttpContent last) {
      ended = true;
      if (!last.trailingHeaders().isEmpty()) {
        identityFields.strip(last.trailingHeaders(), /* trusted= */ false);
      }
    }
    return null;
  }

  /** Notes that the client was told to go on. */
  void letGo() {
    heldBack = false;
  }

  /** Keeps a piece until {@link #sendWaiting}; takes over the reference. */
  void keep(HttpContent content) {
    waiting.add(content);
  }

  /** Sends a piece, without a flush; takes over the reference. */
  void send(ClientStream stream, HttpContent content) {
    sent = true;
    stream.write(content);
  }

  /** Sends all that waits, without a flush. */
  void sendWaiting(ClientStream stream) {
    HttpContent piece;
    while ((piece = waiting.poll()) != null) {
      send(stream, piece);
    }
  }

  /** Throws away what waits and what still comes. */
  void discard() {
    discarded = true;
    release();
  }

  /** Releases what waits. */
  void release() {
    waiting.forEach(ReferenceCountUtil::release);
    waiting.clear();
  }
}
