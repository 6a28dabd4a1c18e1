package sallyport.front;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Handler in front of the TLS engine that holds a client's close_notify while the client's requests
 * are answered.
 *
 * <p>A client may end its own direction and continue to read (RFC 8446 section 6.1), but the engine
 * answers close_notify with its own, and can write nothing after it. Under TLS 1.3 the type of a
 * record does not tell an alert from data, so the gate uses the size: it holds a record of the size
 * of an alert that is the last one received, while the client has only to read its answers. Data of
 * that size may be held too, until more follows. Over HTTP/1 it belongs to a pipelined request,
 * which waits for the same answers. An alert in several pieces is not held.
 *
 * <p>On the event loop of the connection.
 */
final class CloseNotifyGate extends ChannelDuplexHandler {
  private static final int RECORD_HEADER = 5;

  /** Application data, version 3.3: the outer form of every record of TLS 1.3. */
  private static final int APPLICATION_DATA = 0x170303;

  private static final int ALERT = 0x150303;

  /** Level, description and inner type (RFC 8446 section 5.2), and the tag of every AEAD in use. */
  private static final int TLS13_LENGTH = 2 + 1 + 16;

  /** The same from the JDK, which pads its alerts with 16 zeros (RFC 8446 section 5.4). */
  private static final int TLS13_PADDED_LENGTH = TLS13_LENGTH + 16;

  /** Level, description, the explicit nonce of AES-GCM (RFC 5288 section 3) and its tag. */
  private static final int TLS12_GCM_LENGTH = 2 + 8 + 16;

  /** Level, description and the tag of ChaCha20-Poly1305 (RFC 7905), which has no nonce. */
  private static final int TLS12_CHACHA_LENGTH = 2 + 16;

  private BooleanSupplier answering = () -> false;
  private boolean paddedToo = true;
  private @Nullable ByteBuf held;

  /**
   * Begins to hold.
   *
   * @param isAnswering whether the client has only to read its answers
   * @param padded whether padded alerts are held too; they are as long as a short HTTP/2 request
   */
  void holdWhile(BooleanSupplier isAnswering, boolean padded) {
    answering = isAnswering;
    paddedToo = padded;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    // More follows, so the held record was not close_notify.
    release(ctx);
    if (!(message instanceof ByteBuf bytes)) {
      ctx.fireChannelRead(message);
      return;
    }
    int alert = lengthOfLastAlert(bytes);
    if (alert == 0) {
      ctx.fireChannelRead(bytes);
      return;
    }
    int before = bytes.readableBytes() - alert;
    if (before > 0) {
      ctx.fireChannelRead(bytes.readRetainedSlice(before));
    }
    // The octets before may have ended the handshake, and so changed the rule.
    if (answering.getAsBoolean() && lengthOfLastAlert(bytes) == alert) {
      held = bytes;
    } else {
      ctx.fireChannelRead(bytes);
    }
  }

  /** Returns the length of the last record if it may be an alert; else 0. */
  private int lengthOfLastAlert(ByteBuf bytes) {
    if (endsWith(bytes, APPLICATION_DATA, TLS13_LENGTH)) {
      return RECORD_HEADER + TLS13_LENGTH;
    }
    if (paddedToo && endsWith(bytes, APPLICATION_DATA, TLS13_PADDED_LENGTH)) {
      return RECORD_HEADER + TLS13_PADDED_LENGTH;
    }
    if (endsWith(bytes, ALERT, TLS12_GCM_LENGTH)) {
      return RECORD_HEADER + TLS12_GCM_LENGTH;
    }
    return endsWith(bytes, ALERT, TLS12_CHACHA_LENGTH) ? RECORD_HEADER + TLS12_CHACHA_LENGTH : 0;
  }

  private static boolean endsWith(ByteBuf bytes, int typeAndVersion, int length) {
    int start = bytes.writerIndex() - RECORD_HEADER - length;
    return start >= bytes.readerIndex()
        && bytes.getUnsignedMedium(start) == typeAndVersion
        && bytes.getUnsignedShort(start + 3) == length;
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    ctx.flush();
    if (held != null) {
      // Not within the write that ends here: the next request has yet to begin, and may be
      // incomplete.
      ctx.executor().execute(() -> releaseUnlessAnswering(ctx));
    }
  }

  private void releaseUnlessAnswering(ChannelHandlerContext ctx) {
    if (held != null && !answering.getAsBoolean()) {
      release(ctx);
      ctx.fireChannelReadComplete();
    }
  }

  private void release(ChannelHandlerContext ctx) {
    ByteBuf bytes = held;
    if (bytes != null) {
      held = null;
      ctx.fireChannelRead(bytes);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (held != null) {
      held.release();
      held = null;
    }
  }
}
