package sallyport.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.DefaultLastHttpContent;
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
 * Body of one request while it is received: the pieces that wait for a stream, and its progress.
 *
 * <p>Every call must run on the event loop of the exchange.
 */
final class RequestBody {
  private final ArrayDeque<HttpContent> waiting = new ArrayDeque<>(2);

  /** Null unless the body is held until it is whole. */
  private @Nullable ByteBuf gathered;

  private final long limit;
  private final IdentityFields identityFields;
  private final ExchangeLog log;
  private boolean heldBack;
  private boolean ended;
  private boolean sent;
  private boolean discarded;

  /**
   * @param ended whether no body follows the head
   * @param heldBack whether the client waits for 100 (Continue)
   * @param limit its maximum size in bytes
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

  /** Returns whether the whole request is received. */
  boolean isEnded() {
    return ended;
  }

  /** Returns whether the client waits for 100 (RFC 9110 section 10.1.1). */
  boolean isHeldBack() {
    return heldBack;
  }

  /** Returns whether any part was sent, so that the request cannot be sent again. */
  boolean isSent() {
    return sent;
  }

  /** Returns whether further pieces are discarded. */
  boolean isDiscarded() {
    return discarded;
  }

  /**
   * Checks and counts a piece, and strips identity fields from its trailers.
   *
   * @return why the piece is refused; null if it is accepted
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

  /** Records that the client got 100. */
  void letGo() {
    heldBack = false;
  }

  /** Keeps a piece until {@link #sendWaiting}; takes over the reference. */
  void keep(HttpContent content) {
    waiting.add(content);
  }

  /**
   * Adds a piece to a body that is held until it is whole; takes over the reference. The bytes are
   * copied: small pieces would hold far more memory than they have bytes.
   */
  void gather(HttpContent content) {
    if (gathered == null) {
      gathered = ByteBufAllocator.DEFAULT.buffer();
    }
    gathered.writeBytes(content.content());
    content.release();
  }

  /** Makes one piece of the gathered ones, which is kept until {@link #sendWaiting}. */
  void finishGathering() {
    if (gathered != null) {
      keep(new DefaultLastHttpContent(gathered));
      gathered = null;
    }
  }

  /** Sends a piece, without a flush; takes over the reference. */
  void send(ClientStream stream, HttpContent content) {
    sent = true;
    stream.write(content);
  }

  /** Returns whether pieces wait to be sent. */
  boolean isWaiting() {
    return !waiting.isEmpty();
  }

  /** Sends the pieces that wait, without a flush. */
  void sendWaiting(ClientStream stream) {
    HttpContent piece;
    while ((piece = waiting.poll()) != null) {
      send(stream, piece);
    }
  }

  /** Discards the pieces that wait, and further ones. */
  void discard() {
    discarded = true;
    release();
  }

  /** Releases the pieces that wait. */
  void release() {
    waiting.forEach(ReferenceCountUtil::release);
    waiting.clear();
    if (gathered != null) {
      gathered.release();
      gathered = null;
    }
  }
}
