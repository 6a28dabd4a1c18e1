package sallyport.dicom;

import io.netty.buffer.ByteBuf;
import java.util.function.IntConsumer;

/**
 * Scan of the PDUs of one direction as they pass, in pieces of any size: a type of one octet, a
 * reserved octet, and the length of what follows in four (DICOM PS3.8 section 9.3.1). Bodies are
 * skipped. The octets stay as they are.
 *
 * <p>Belongs to the event loop of its connection.
 */
final class PduScan {
  static final int ASSOCIATE_RQ = 1;
  static final int ASSOCIATE_RJ = 3;
  static final int RELEASE_RQ = 5;
  static final int RELEASE_RP = 6;
  static final int ABORT = 7;

  private static final int HEAD = 6;
  private static final int LENGTH = 2;

  private final IntConsumer sink;

  /** Octets of the present PDU's body that have yet to pass; 0 to 2^32-1. */
  private long left;

  /** Octets of the next head that have passed. */
  private int headOctets;

  private int type;
  private long length;
  private boolean broken;

  /**
   * @param sink takes the type of each PDU, once all of it has passed
   */
  PduScan(IntConsumer sink) {
    this.sink = sink;
  }

  /** Returns whether all that has passed is whole PDUs. */
  boolean isBetweenPdus() {
    return left == 0 && headOctets == 0 && !broken;
  }

  /** Takes what passes. */
  void pass(ByteBuf octets) {
    int index = octets.readerIndex();
    final int end = octets.writerIndex();
    while (index < end && !broken) {
      if (left > 0) {
        int piece = (int) Math.min(left, end - index);
        left -= piece;
        index += piece;
        if (left == 0) {
          sink.accept(type);
        }
      } else if (headOctets == 0 && end - index >= HEAD) {
        begin(octets.getUnsignedByte(index), octets.getUnsignedInt(index + LENGTH));
        index += HEAD;
      } else {
        headOctet(octets.getUnsignedByte(index));
        index++;
      }
    }
  }

  private void headOctet(int octet) {
    if (headOctets == 0) {
      type = octet;
      length = 0;
    } else if (headOctets >= LENGTH) {
      length = length << Byte.SIZE | octet;
    }
    headOctets++;
    if (headOctets == HEAD) {
      headOctets = 0;
      begin(type, length);
    }
  }

  private void begin(int begun, long bodyLength) {
    if (begun < ASSOCIATE_RQ || begun > ABORT) {
      broken = true;
      return;
    }
    type = begun;
    left = bodyLength;
    if (left == 0) {
      sink.accept(begun);
    }
  }
}
