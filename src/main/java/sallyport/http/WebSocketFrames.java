package sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;

/**
 * Count of the WebSocket frames that pass in one direction (RFC 6455 section 5.2). It reads the
 * heads of frames, to know where one ends, and keeps no octets. One thread.
 */
public final class WebSocketFrames {
  private static final int CLOSE = 0x8;
  private static final int OPCODE = 0x0F;
  private static final int MASKED = 0x80;
  private static final int MASK_LENGTH = 4;
  private static final int LENGTH_16 = 126;
  private static final int LENGTH_64 = 127;

  /** Octets of the head that have passed; 0 between two frames and within a payload. */
  private int head;

  /** Octets of the head, as far as its first two tell. */
  private int headLength;

  /** Octets of the length behind the first two of the head: 0, 2 or 8. */
  private int extended;

  private int opcode;
  private long length;

  /** Octets of the payload that have yet to pass. */
  private long payload;

  private boolean closed;

  /** Whether the present octets are passed to the first place between two frames. */
  private boolean stopsBetween;

  /** Heads without a payload follow each other: it takes all of them in one go. */
  private final ByteProcessor heads = this::onOctet;

  /** Passes octets. */
  public void pass(ByteBuf octets) {
    pass(octets, /* toEnd= */ false);
  }

  /**
   * Passes octets up to the first place between two frames.
   *
   * @return the number of octets before that place; all, if there is none
   */
  public int passToEnd(ByteBuf octets) {
    return pass(octets, /* toEnd= */ true);
  }

  private int pass(ByteBuf octets, boolean toEnd) {
    stopsBetween = toEnd;
    int end = octets.writerIndex();
    int at = octets.readerIndex();
    while (at < end && !(toEnd && isBetween())) {
      if (payload > 0) {
        int here = (int) Math.min(payload, end - at);
        payload -= here;
        at += here;
      } else {
        int last = octets.forEachByte(at, end - at, heads);
        at = last < 0 ? end : last + 1;
      }
    }
    return at - octets.readerIndex();
  }

  /** Returns whether a frame is complete and the next one has not begun. */
  public boolean isBetween() {
    return head == 0 && payload == 0;
  }

  /** Returns whether a Close frame has begun to pass, behind which no other may follow. */
  public boolean isClosed() {
    return closed;
  }

  /** Passes an octet of a head, and returns whether another one may follow it. */
  private boolean onOctet(byte octet) {
    passHead(octet & 0xFF);
    return payload == 0 && !(stopsBetween && head == 0);
  }

  private void passHead(int octet) {
    head++;
    if (head == 1) {
      opcode = octet & OPCODE;
      headLength = 2;
    } else if (head == 2) {
      int size = octet & ~MASKED;
      extended = size == LENGTH_64 ? Long.BYTES : size == LENGTH_16 ? Short.BYTES : 0;
      length = extended == 0 ? size : 0;
      headLength = 2 + extended + ((octet & MASKED) != 0 ? MASK_LENGTH : 0);
    } else if (head <= 2 + extended) {
      length = length << 8 | octet;
    }
    if (head > 1 && head == headLength) {
      head = 0;
      // The highest bit must be 0; a frame with it has no end that could be waited for.
      payload = length < 0 ? Long.MAX_VALUE : length;
      closed |= opcode == CLOSE;
    }
  }
}
