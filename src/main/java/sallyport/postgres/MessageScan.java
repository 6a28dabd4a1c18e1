package sallyport.postgres;

import io.netty.buffer.ByteBuf;

/**
 * Scan of messages of one direction as they pass, in pieces of any size: a type of one octet, and a
 * length of four, which counts itself (PostgreSQL documentation, "Message Formats"). The octets
 * stay as they are.
 *
 * <p>Belongs to the event loop of its connection.
 */
final class MessageScan {
  /** Listener to the messages. */
  interface Sink {
    /** A message has begun. */
    void onMessage(byte type, int contentLength);

    /** A piece of the content of the present message. */
    default void onContent(ByteBuf octets, int index, int length) {}

    /** The octets are not messages of this protocol. */
    void onBroken();
  }

  private static final int HEAD = 1 + Integer.BYTES;

  private final Sink sink;

  /** Octets of the present message's content that have yet to pass. */
  private int left;

  /** Octets of the next head that have passed. */
  private int headOctets;

  private byte type;
  private int length;
  private boolean broken;

  MessageScan(Sink sink) {
    this.sink = sink;
  }

  /** Returns whether all that has passed is whole messages. */
  boolean isBetweenMessages() {
    return left == 0 && headOctets == 0 && !broken;
  }

  /** Takes what passes. */
  void pass(ByteBuf octets) {
    int index = octets.readerIndex();
    final int end = octets.writerIndex();
    while (index < end && !broken) {
      if (left > 0) {
        int piece = Math.min(left, end - index);
        sink.onContent(octets, index, piece);
        left -= piece;
        index += piece;
      } else if (headOctets == 0 && end - index >= HEAD) {
        begin(octets.getByte(index), octets.getInt(index + 1));
        index += HEAD;
      } else {
        headOctet(octets.getByte(index));
        index++;
      }
    }
  }

  private void headOctet(byte octet) {
    if (headOctets == 0) {
      type = octet;
      length = 0;
    } else {
      length = length << Byte.SIZE | (octet & 0xff);
    }
    headOctets++;
    if (headOctets == HEAD) {
      headOctets = 0;
      begin(type, length);
    }
  }

  private void begin(byte begun, int lengthOfAll) {
    if (lengthOfAll < Integer.BYTES) {
      broken = true;
      sink.onBroken();
      return;
    }
    left = lengthOfAll - Integer.BYTES;
    sink.onMessage(begun, left);
  }
}
